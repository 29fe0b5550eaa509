import { expect, test } from 'vitest';
import { ranks, spearman } from './spearman.ts';

const of = (...values: number[]) => Float64Array.from(values);

test('equal values share the mean of their ranks', () => {
  expect([...ranks(of(0.1, 0.4, 0.4, 2, -1, 0.4))]).toEqual([2, 4, 4, 6, 1, 4]);
  expect([...ranks(of())]).toEqual([]);
});

test('is the correlation that SciPy 1.10 computes', () => {
  expect(spearman(of(1, 2, 3, 4, 5), of(5, 6, 7, 8, 7))).toBeCloseTo(0.8207826816681233, 12);
  const tied = spearman(of(0.1, 0.4, 0.4, 2, -1, 0.4), of(3, 1, 1, 2, 9, 1));
  expect(tied).toBeCloseTo(-0.6129032258064516, 12);
  const left = Float64Array.from({ length: 200 }, (_, i) => Math.sin(i * 1.3));
  const right = left.map((_, i) => Math.sin(i * 1.3 + 0.8) + 0.3 * Math.cos(i * i));
  expect(spearman(left, right)).toBeCloseTo(0.6769729243231082, 12);
});

test('sees any monotone relation, and none in a constant', () => {
  const values = of(3, -2, 8, 0.5);
  expect(spearman(values, values.map(Math.exp))).toBeCloseTo(1, 12);
  expect(
    spearman(
      values,
      values.map((value) => -value),
    ),
  ).toBeCloseTo(-1, 12);
  expect(spearman(values, of(1, 1, 1, 1))).toBeNaN();
  expect(spearman(of(), of())).toBeNaN();
});
