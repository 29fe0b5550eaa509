import { expect, it } from 'vitest';
import type { PartPrediction } from './ensemble.ts';
import { meanVoting } from './ensemble.ts';
import { acrossSplits } from './split-ensemble.ts';

const said = (participant: string, first: number, truth = 0): PartPrediction => ({
  ...{ participant, session: 'ses-M000', part: 0, truth },
  ...{ predicted: first >= 0.5 ? 0 : 1, probabilities: [first, 1 - first] },
});
const value = (participant: string, predicted: number, part = 0): PartPrediction => ({
  ...{ participant, session: 'ses-M000', part, truth: 50, predicted, probabilities: [] },
});

it('means probabilities over the splits, by session whatever the order, and says how far they are apart', () => {
  const splits = [
    [said('sub-A', 0.9), said('sub-B', 0.4, 1)],
    [said('sub-B', 0.8, 1), said('sub-A', 0.7)],
  ];
  const [a, b] = acrossSplits(splits);
  expect(a?.probabilities[0]).toBeCloseTo(0.8, 12);
  expect(a?.spread[0]).toBeCloseTo(Math.SQRT2 / 10, 12);
  expect(b).toMatchObject({ participant: 'sub-B', truth: 1, predicted: 0 });
  expect(b?.probabilities[0]).toBeCloseTo(0.6, 12);
});

it('means values, and leaves out whom a split does not have', () => {
  const found = acrossSplits([
    [value('sub-A', 40), value('sub-B', 30)],
    [value('sub-A', 44)],
    [value('sub-A', 48)],
  ]);
  expect(found).toEqual([{ ...value('sub-A', 44), spread: [4] }]);
});

it('the value of an image is the mean of its parts, of which none may be missing', () => {
  const parts = [
    value('sub-B', 20, 0),
    value('sub-B', 30, 1),
    value('sub-A', 1, 0),
    value('sub-A', 4, 1),
  ];
  expect(
    meanVoting(parts, 2).map(({ participant, predicted }) => [participant, predicted]),
  ).toEqual([
    ['sub-A', 2.5],
    ['sub-B', 25],
  ]);
  expect(() => meanVoting(parts.slice(1), 2)).toThrow(/TSV_VALUE.*sub-B/);
  expect(() => meanVoting([...parts.slice(1), value('sub-B', 3, 1)], 2)).toThrow(/TSV_VALUE/);
});
