import { expect, test } from 'vitest';
import { randperm } from '../../core/random/mt19937.ts';
import { balancingWeights, binsOf, samplerOf } from './sampler.ts';

const options = { seed: 3, isContinuous: false };
// One in ten is of class 1.
const label = (index: number) => (index % 10 === 0 ? 1 : 0);

test('random is the order of PyTorch, by the epoch alone', () => {
  const order = samplerOf({ ...options, sampler: 'random', count: 12, label });
  expect([...Array.from(order(1))]).toEqual([...randperm(12, 1)]);
  expect(Array.from(order(0)).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 12 }, (_, i) => i),
  );
});

test('weighs an element by one over the number of its class', () => {
  expect(balancingWeights([0, 1, 1, 2, 1])).toEqual([1, 1 / 3, 1 / 3, 1, 1 / 3]);
});

test('weighted draws every class equally often, and every element of a class', () => {
  const count = 1000;
  const order = samplerOf({ ...options, sampler: 'weighted', count, label });
  const drawn = Array.from({ length: 20 }, (_, epoch) => Array.from(order(epoch))).flat();
  expect(drawn).toHaveLength(20 * count);
  const ofOne = drawn.filter((index) => label(index) === 1);
  // Binomial: 20000 draws of 1/2 have a deviation of 71.
  expect(Math.abs(ofOne.length - 10 * count)).toBeLessThan(4 * 71);
  expect(new Set(ofOne).size).toBe(100);
  // Each of the hundred is drawn a hundred times in the mean: chi-square with 99 degrees of freedom.
  const times = new Map<number, number>();
  for (const index of ofOne) times.set(index, (times.get(index) ?? 0) + 1);
  const expected = ofOne.length / 100;
  const chi = [...times.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  expect(chi).toBeLessThan(160);
  expect(chi).toBeGreaterThan(50);
});

test('weighted gives another order each epoch and seed, and the same again', () => {
  const of = (seed: number, epoch: number) =>
    Array.from(samplerOf({ ...options, seed, sampler: 'weighted', count: 30, label })(epoch));
  expect(of(3, 1)).toEqual(of(3, 1));
  expect(of(3, 1)).not.toEqual(of(3, 2));
  expect(of(3, 1)).not.toEqual(of(4, 1));
});

test('puts numbers into five bins of equal width, the largest into the last', () => {
  expect(binsOf([20, 27.9, 28, 36, 44, 52, 59, 60])).toEqual([0, 0, 1, 2, 3, 4, 4, 4]);
  expect(binsOf([7, 7, 7])).toEqual([0, 0, 0]);
  expect(binsOf([-1, 1])).toEqual([0, 4]);
});

test('weighted balances the bins of a regression', () => {
  // Ninety young, ten old: two bins are filled, each gets half of the draws.
  const count = 100;
  const age = (index: number) => (index < 90 ? 20 + (index % 5) : 80);
  const order = samplerOf({
    ...options,
    sampler: 'weighted',
    isContinuous: true,
    count,
    label: age,
  });
  const drawn = Array.from({ length: 100 }, (_, epoch) => Array.from(order(epoch))).flat();
  const old = drawn.filter((index) => index >= 90).length;
  expect(Math.abs(old - 5000)).toBeLessThan(4 * 50);
});
