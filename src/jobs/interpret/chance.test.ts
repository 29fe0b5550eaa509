import { expect, test } from 'vitest';
import { CapsuleError } from '../../core/errors.ts';
import type { PartPrediction } from '../../core/metrics/ensemble.ts';
import { learningOf } from './chance.ts';

type Asked = Parameters<typeof learningOf>[0];

const classifier = {
  ...{ task: { kind: 'classification' }, classes: ['AD', 'CN'], config: { seed: 7 } },
} as unknown as Asked;
const regressor = {
  task: { kind: 'regression' },
  classes: [],
  config: { seed: 7 },
} as unknown as Asked;

const splitOf = (rows: readonly (readonly [truth: number, predicted: number])[]) => ({
  name: 'split-0',
  predictions: () =>
    Promise.resolve(
      rows.map(([truth, predicted], i): PartPrediction => ({
        ...{ participant: `sub-${i}`, session: 'ses-M000', part: 0, truth, predicted },
        probabilities: [],
      })),
    ),
});

/** The problem to tell, where the network is near chance. */
async function nearChance(...asked: Parameters<typeof learningOf>) {
  const learning = await learningOf(...asked);
  return learning.state === 'chance' ? learning.problem : undefined;
}

const repeated = <Row>(row: Row, count: number): Row[] => Array<Row>(count).fill(row);

test('a class for everybody is chance', async () => {
  const rows = [...repeated([0, 1] as const, 10), ...repeated([1, 1] as const, 10)];
  const problem = await nearChance(classifier, splitOf(rows), 'loss');
  expect(problem).toMatchObject({ code: 'INTERPRET_CHANCE', steps: ['split-0', 'best-loss'] });
  expect(problem?.found).toContain('validation BA 0.50');
});

test('three of four are right by chance, thirty of forty are not', async () => {
  const four = [
    [0, 0],
    [1, 1],
    [0, 0],
    [1, 0],
  ] as const;
  const problem = await nearChance(classifier, splitOf(four), 'BA');
  expect(problem?.found).toMatch(/^validation BA 0\.75, its 95 % interval from 0\.\d\d, /);
  const forty = four.flatMap((row) => repeated(row, 10));
  expect(await learningOf(classifier, splitOf(forty), 'BA')).toEqual({ state: 'learned' });
});

test('a value that the mean predicts as well is chance', async () => {
  const worse = await nearChance(
    regressor,
    splitOf([
      [60, 70],
      [70, 60],
      [80, 70],
    ]),
    'loss',
  );
  expect(worse?.found).toContain('validation R2 -0.50');
  const better = splitOf([
    [60, 62],
    [70, 70],
    [80, 77],
  ]);
  expect(await learningOf(regressor, better, 'loss')).toEqual({ state: 'learned' });
});

test('without predictions of a validation nothing is known', async () => {
  const gone = {
    name: 'split-0',
    predictions: () => Promise.reject(new CapsuleError('FILE_NOT_FOUND')),
  };
  expect(await learningOf(classifier, gone, 'loss')).toEqual({ state: 'unknown' });
  expect(await learningOf(classifier, splitOf([]), 'loss')).toEqual({ state: 'unknown' });
});
