import { expect, test } from 'vitest';
import { fastestGroupSize, tuningsOf } from './tuning.ts';

test('keeps what looks like a tuning and passes over what does not', () => {
  const kept = { good: { groupSize: 128 }, odd: { groupSize: 100 }, none: null, text: 'x' };
  expect(tuningsOf(kept)).toEqual({ good: { groupSize: 128 } });
  for (const nothing of [undefined, null, 3, 'x', []]) expect(tuningsOf(nothing)).toEqual({});
});

test('leaves the default only for what is clearly faster', () => {
  expect(
    fastestGroupSize(
      new Map([
        [32, 9],
        [64, 10],
        [128, 8],
        [256, 30],
      ] as const),
    ),
  ).toBe(128);
  expect(
    fastestGroupSize(
      new Map([
        [64, 10],
        [128, 9.8],
      ] as const),
    ),
  ).toBe(64);
  expect(fastestGroupSize(new Map())).toBe(64);
});
