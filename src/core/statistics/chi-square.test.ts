import { expect, test } from 'vitest';
import { chiSquareP, chiSquareTest } from './chi-square.ts';
import reference from './fixtures/scipy.json';
import { toBeCloseTo9 } from './testing/close.ts';

test.each(reference.chiSquareP)(
  'p of %d with %d degrees is that of SciPy',
  (statistic = NaN, degrees = NaN, expected = NaN) => {
    toBeCloseTo9(chiSquareP(statistic, degrees), expected);
  },
);

test.each(reference.chiSquareTest as [number[], number[], number, number][])(
  'compares counts as SciPy does (%#)',
  (observed, expected, statistic, p) => {
    const ours = chiSquareTest(observed, expected);
    toBeCloseTo9(ours.statistic, statistic);
    toBeCloseTo9(ours.p, p);
    expect(ours.degrees).toBe(observed.length - 1);
  },
);

test('0.05 of the mass lies above 3.841 for one degree (every table)', () => {
  expect(chiSquareP(3.841459, 1)).toBeCloseTo(0.05, 6);
});

test('seeing what cannot be is impossible; not seeing it says nothing', () => {
  expect(chiSquareTest([9, 1], [10, 0])).toMatchObject({ statistic: Infinity, p: 0 });
  expect(chiSquareTest([10, 0], [10, 0])).toMatchObject({ statistic: 0, p: 1 });
});

test('one category is always met', () => {
  expect(chiSquareTest([7], [7])).toEqual({ statistic: 0, degrees: 0, p: 1 });
});
