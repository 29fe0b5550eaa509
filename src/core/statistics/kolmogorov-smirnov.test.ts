import fc from 'fast-check';
import { expect, test } from 'vitest';
import reference from './fixtures/scipy.json';
import { smirnovDistance, smirnovDistanceOfCounts, smirnovP } from './kolmogorov-smirnov.ts';
import { toBeCloseTo9 } from './testing/close.ts';

test.each(reference.smirnov as [number[], number[], number, number][])(
  'compares two samples as SciPy does, exactly (%#)',
  (first, second, statistic, p) => {
    const distance = smirnovDistance(first, second);
    toBeCloseTo9(distance / (first.length * second.length), statistic);
    toBeCloseTo9(smirnovP(distance, first.length, second.length), p);
  },
);

test('equal samples are at no distance, separate ones at the largest', () => {
  expect(smirnovDistance([3, 1, 2], [1, 2, 3])).toBe(0);
  expect(smirnovDistance([1, 2], [5, 6, 7])).toBe(6);
  expect(smirnovP(0, 4, 5)).toBe(1);
  // 2 of the 10 orders of two and three values keep them apart.
  expect(smirnovP(6, 2, 3)).toBeCloseTo(0.2, 14);
});

test('counted samples are at the distance of their values', () => {
  const counted = smirnovDistanceOfCounts(Uint32Array.of(2, 0, 1), Uint32Array.of(0, 3, 1));
  expect(counted).toBe(smirnovDistance([1, 1, 5], [3, 3, 3, 5]));
  expect(counted).toBe(8);
});

test('is the share of all orders that lie as far apart, whatever the sizes', () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }));
  fc.assert(
    fc.property(sizes, fc.nat(25), ([m, n], distance) => {
      const all = orders(m, n);
      const far = all.filter(([a, b]) => smirnovDistance(a, b) >= distance);
      expect(smirnovP(distance, m, n)).toBeCloseTo(far.length / all.length, 12);
    }),
  );
});

/** Every way to give the ranks 1 to m + n to two samples. */
function orders(m: number, n: number): [number[], number[]][] {
  const all: [number[], number[]][] = [];
  for (let bits = 0; bits < 2 ** (m + n); bits++) {
    const ranks = Array.from({ length: m + n }, (_, rank) => rank);
    const first = ranks.filter((rank) => ((bits >> rank) & 1) === 1);
    if (first.length === m) all.push([first, ranks.filter((rank) => !first.includes(rank))]);
  }
  return all;
}
