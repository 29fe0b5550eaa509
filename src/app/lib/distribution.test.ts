import { expect, test } from 'vitest';
import { histogram, moments, numbersOf, valueBars } from './distribution.ts';

test('values are counted without spaces around them, the most frequent first', () => {
  expect(valueBars(['CN', 'AD', 'CN ', '', 'n/a', 'MCI', 'CN', 'AD'])).toEqual([
    { value: 'CN', count: 3, share: 0.5 },
    { value: 'AD', count: 2, share: 2 / 6 },
    { value: 'MCI', count: 1, share: 1 / 6 },
  ]);
  expect(valueBars(['', 'NaN'])).toEqual([]);
});

test('bins have round edges, cover all values, and lose none', () => {
  const cells = ['61', '62.5', '70', '79.9', '80', 'n/a', 'old'];
  const { bins, known, missing, low, high, mean } = histogram(cells, 4);
  expect(bins.map(({ from, to }) => [from, to])).toEqual([
    ...[
      [60, 65],
      [65, 70],
    ],
    ...[
      [70, 75],
      [75, 80],
    ],
  ]);
  expect(bins.map(({ count }) => count)).toEqual([2, 0, 1, 2]);
  expect([known, missing, low, high]).toEqual([5, 2, 61, 80]);
  expect(mean).toBeCloseTo(70.68, 10);
});

test('small and negative numbers keep clean edges', () => {
  const { bins } = histogram(['-0.1', '0.05', '0.2'], 3);
  expect(bins.map(({ from }) => from)).toEqual([-0.1, 0, 0.1]);
  expect(bins.at(-1)).toEqual({ from: 0.1, to: 0.2, count: 1 });
});

test('one value makes one bin, none makes none', () => {
  expect(histogram(['5', '5']).bins).toEqual([{ from: 5, to: 6, count: 2 }]);
  expect(histogram(['', 'x'])).toMatchObject({ bins: [], known: 0, missing: 2, mean: NaN });
});

test('the deviation is that of a sample', () => {
  // numpy.std([2, 4, 4, 4, 5, 5, 7, 9], ddof=1)
  const { mean, sd } = moments([2, 4, 4, 4, 5, 5, 7, 9]);
  expect(mean).toBe(5);
  expect(sd).toBeCloseTo(2.138089935299395, 14);
  expect(moments([3]).sd).toBeNaN();
  expect(numbersOf(['1', ' 2 ', 'NaN', 'Infinity', ''])).toEqual([1, 2]);
});

test('a hundred thousand values are no problem', () => {
  const cells = Array.from({ length: 100_000 }, (_, index) => String(index % 1000));
  expect(histogram(cells).bins.every(({ count }) => count === 10_000)).toBe(true);
});
