import { describe, expect, test } from 'vitest';
import { areaUnderCurve } from '../metrics/roc.ts';
import { stream } from '../random/philox.ts';
import { groupScores, scoresInWords, scoreTable } from './group-scores.ts';
import { saliencyOf, scoreSaliency, type SaliencyScore } from './saliency-score.ts';

const score = (saliency: readonly number[], region: readonly number[], within?: number[]) =>
  scoreSaliency(
    Float32Array.from(saliency),
    Uint8Array.from(region),
    within === undefined ? undefined : Uint8Array.from(within),
  );

describe('a map against a region', () => {
  test('that it finds, and one that it avoids', () => {
    expect(score([0.9, 0.8, 0.1, 0.2, 0], [1, 1, 0, 0, 0])).toEqual({
      ...{ pointingGame: 1, auc: 1, dice: 1, chance: 0.4, voxels: 5, regionVoxels: 2 },
    });
    expect(score([0.9, 0.8, 0.1, 0.2, 0], [0, 0, 0, 1, 1])).toMatchObject({
      ...{ pointingGame: 0, dice: 0 },
      // Of six pairs the one of 0.2 and 0.1 is right.
      auc: 1 / 6,
    });
  });

  test('a map that says nothing gets what chance gets', () => {
    const nothing = score([3, 3, 3, 3, 3, 3, 3, 3], [1, 1, 0, 0, 0, 0, 0, 0]);
    expect(nothing).toMatchObject({ pointingGame: 0.25, auc: 0.5, dice: 0.25, chance: 0.25 });
  });

  test('ties at the last of the most salient voxels count by share', () => {
    // Two voxels: the 9 outside, and one of the three fives, two of which are inside.
    expect(score([9, 5, 5, 5, 1], [0, 1, 1, 0, 0])?.dice).toBeCloseTo(2 / 3 / 2, 12);
  });

  test('counts only the voxels that count', () => {
    const within = [0, 1, 1, 1, 1, 0];
    expect(score([9, 5, 4, 3, 2, 1], [0, 1, 1, 0, 0, 1], within)).toEqual({
      ...{ pointingGame: 1, auc: 1, dice: 1, chance: 0.5, voxels: 4, regionVoxels: 2 },
    });
  });

  test('an empty region, or one that is all there is, cannot be scored', () => {
    expect(score([1, 2], [0, 0])).toBeUndefined();
    expect(score([1, 2], [1, 1])).toBeUndefined();
    expect(score([1, 2, 3], [1, 0, 0], [0, 1, 1])).toBeUndefined();
  });

  test('agrees with counting, whatever the ties', () => {
    const random = stream(4, 'test');
    for (let n = 0; n < 100; n++) {
      const length = 2 + random.below(30);
      const levels = 1 + random.below(6);
      const saliency = Array.from({ length }, () => random.below(levels));
      const region = Array.from({ length }, (_, at) =>
        at === 0 ? 1 : at === 1 ? 0 : random.below(2),
      );
      const found = score(saliency, region);
      const inRegion = region.map((value) => value === 1);
      expect(found?.auc).toBeCloseTo(areaUnderCurve(inRegion, saliency), 12);
      // Dice over all ways to break ties: the mean of many shuffled orders.
      const size = region.filter((value) => value === 1).length;
      let overlap = 0;
      const orders = 400;
      for (let order = 0; order < orders; order++) {
        const places = random.shuffle([...saliency.keys()]);
        places.sort((a, b) => (saliency[b] ?? 0) - (saliency[a] ?? 0));
        overlap += places.slice(0, size).filter((at) => region[at] === 1).length / size;
      }
      expect(Math.abs((found?.dice ?? NaN) - overlap / orders)).toBeLessThan(0.15);
    }
  });
});

test('of several channels the most salient counts, by its strength or its sign', () => {
  const map = Float32Array.of(1, -2, 0, -3, 1, 0.5);
  expect([...saliencyOf(map, 2, 'absolute')]).toEqual([3, 2, 0.5]);
  expect([...saliencyOf(map, 2, 'positive')]).toEqual([1, 1, 0.5]);
  expect([...saliencyOf(map, 2, 'negative')]).toEqual([3, 2, 0]);
});

describe('scores of a group', () => {
  const of = (value: number): SaliencyScore => ({
    ...{ pointingGame: value, auc: value, dice: value / 2 },
    ...{ chance: 0.1, voxels: 100, regionVoxels: 10 },
  });
  const key = (participant: string, part = 0) => ({ participant, session: 'ses-M000', part });
  const maps = [
    { ...key('sub-1'), score: of(1) },
    { ...key('sub-1', 1), score: of(0) },
    { ...key('sub-2'), score: of(1) },
    { ...key('sub-3'), score: undefined },
  ];

  test('are means over people, each of whom counts once', () => {
    const found = groupScores(maps, 0);
    expect(found).toMatchObject({ maps: 3, participants: 2 });
    expect(found?.figures.map(({ name, mean, chance }) => [name, mean, chance])).toEqual([
      ['pointing game', 0.75, expect.closeTo(0.1, 12)],
      ['AUC', 0.75, 0.5],
      ['Dice', 0.375, expect.closeTo(0.1, 12)],
    ]);
    // Two people: resamples have a mean of 0.5, 0.75 or 1.
    expect(found?.figures[0]?.interval).toEqual([0.5, 1]);
    expect(found === undefined ? '' : scoresInWords(found)).toBe(
      'pointing game 0.750 [0.50, 1.00] (chance 0.100), AUC 0.750 [0.50, 1.00] (chance 0.500), ' +
        'Dice 0.375 [0.25, 0.50] (chance 0.100); 3 maps of 2 participants; 95 % intervals',
    );
  });

  test('a map without a score has empty cells, and no group consists of such', () => {
    const table = scoreTable(maps.slice(2), 'patch');
    expect(table.columns).toContain('patch_id');
    expect(table.rows).toEqual([
      ['sub-2', 'ses-M000', '0', '100', '10', '1.0', '1.0', '0.5', '0.1'],
      ['sub-3', 'ses-M000', '0', '', '', '', '', '', ''],
    ]);
    expect(groupScores(maps.slice(3), 0)).toBeUndefined();
  });
});
