import { expect, test } from 'vitest';
import { gaussianNoise } from './gaussian-noise.ts';
import { stream } from './philox.ts';

const COUNT = 100_001;
const numbers = gaussianNoise(stream(7, 'noise'), COUNT);

test('is normal: mean, deviation, tails and kurtosis', () => {
  const share = (test: (value: number) => boolean) => numbers.filter(test).length / COUNT;
  const moment = (power: number) => numbers.reduce((sum, x) => sum + x ** power, 0) / COUNT;
  // Five standard errors.
  expect(Math.abs(moment(1))).toBeLessThan(5 / Math.sqrt(COUNT));
  expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / COUNT));
  expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / COUNT));
  const tail = 0.1586553;
  const error = 5 * Math.sqrt((tail * (1 - tail)) / COUNT);
  expect(Math.abs(share((x) => x > 1) - tail)).toBeLessThan(error);
  expect(Math.abs(share((x) => x < -1) - tail)).toBeLessThan(error);
});

test('neighbours of a pair do not hang together', () => {
  const products = numbers.map((x, i) => (i % 2 === 0 ? x * (numbers[i + 1] ?? 0) : 0));
  const mean = products.reduce((sum, x) => sum + x, 0) / (COUNT / 2);
  expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(COUNT / 2));
});

test('a seed gives the same numbers, whatever the length, and another seed others', () => {
  expect(gaussianNoise(stream(7, 'noise'), 5)).toEqual(numbers.slice(0, 5));
  expect(gaussianNoise(stream(8, 'noise'), 5)).not.toEqual(numbers.slice(0, 5));
});
