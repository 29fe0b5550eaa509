import { expect, test } from 'vitest';
import { batchesOf, runTime, type RunFacts } from './run-time.ts';

const facts: RunFacts = {
  splits: [{ train: 10, validation: 3 }],
  ...{ test: 5, unread: 0, batchSize: 4, epochs: 7, evaluationSteps: 0, networks: 1 },
  ...{ selectionMetrics: 2, step: 1, evaluation: 0.1, reading: 0.5 },
};

test('an epoch is its steps and one evaluation of both sets', () => {
  // Three batches train; three and one are evaluated.
  expect(runTime(facts).epoch).toBeCloseTo(3 + 0.4);
});

test('a run is its epochs, then every kept model on three sets', () => {
  const { split, whole } = runTime(facts);
  expect(split).toBeCloseTo(7 * 3.4 + 2 * (0.4 + 0.2));
  expect(whole).toBeCloseTo(split);
});

test('scans that were not read yet are read once, before', () => {
  const { reading, whole, split } = runTime({ ...facts, unread: 18 });
  expect(reading).toBe(9);
  expect(whole).toBeCloseTo(9 + split);
});

test('splits of different size are added up', () => {
  const splits = [facts.splits[0], { train: 20, validation: 3 }] as RunFacts['splits'];
  const { whole, epoch } = runTime({ ...facts, splits });
  expect(epoch).toBeCloseTo((3.4 + 5.6) / 2);
  expect(whole).toBeCloseTo(7 * (3.4 + 5.6) + 2 * (0.4 + 0.2) + 2 * (0.6 + 0.2));
  expect(batchesOf({ ...facts, splits })).toEqual([3, 5]);
});

test('evaluations within an epoch are counted; one after the last batch stands for that at its end', () => {
  expect(runTime({ ...facts, evaluationSteps: 2 }).epoch).toBeCloseTo(3 + 2 * 0.4);
  expect(runTime({ ...facts, evaluationSteps: 3 }).epoch).toBeCloseTo(3 + 0.4);
  expect(runTime({ ...facts, evaluationSteps: 1 }).epoch).toBeCloseTo(3 + 3 * 0.4);
});

test('several networks cut their batches each for itself', () => {
  // Nine elements of three networks: three of each, a batch of four each.
  const splits = [{ train: 9, validation: 3 }];
  expect(batchesOf({ ...facts, splits, networks: 3 })).toEqual([3]);
  expect(runTime({ ...facts, splits, networks: 3 }).epoch).toBeCloseTo(3 + 0.6);
});
