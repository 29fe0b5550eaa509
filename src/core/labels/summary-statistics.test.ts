import { expect, test } from 'vitest';
import { pairwiseSum, summarise } from './summary-statistics.ts';

const values = (count: number) => Array.from({ length: count }, (_, i) => (i * i * 0.37) % 11.3);

// sum, mean and std of NumPy 2.4 for the same values: one, eight and more running sums, and two blocks.
test.each([
  [5, 11.1, 2.2199999999999998, 2.1826864181553884],
  [8, 29.199999999999996, 3.6499999999999995, 3.1259878438663193],
  [19, 91.02999999999994, 4.791052631578944, 2.959133754357393],
  [100, 534.2999999999909, 5.3429999999999085, 3.151561676375703],
  [128, 686.2999999999806, 5.361718749999849, 3.2011633894411693],
  [129, 691.5799999999801, 5.361085271317676, 3.1887396942507054],
  [300, 1700.0999999997607, 5.666999999999202, 3.1247966867195434],
  [1000, 5673.199999990742, 5.673199999990742, 3.291226786473284],
])('has the digits of NumPy for %i values', (count, sum, mean, std) => {
  const sample = values(count);
  expect(pairwiseSum(sample)).toBe(sum);
  expect(summarise(sample)).toMatchObject({ mean, std });
});

test('gives the extremes', () => {
  expect(summarise([3, -1, 2])).toMatchObject({ min: -1, max: 3 });
});

test('divides by the number of values', () => {
  expect(summarise([1, 3]).std).toBe(1);
  expect(summarise([5]).std).toBe(0);
});

test('has nothing to say of no value', () => {
  expect(summarise([])).toEqual({ mean: NaN, std: NaN, min: NaN, max: NaN });
});
