import { expect, test } from 'vitest';
import { drawnMetric, sortedMetrics } from './metric-range.ts';

test('a share lies between 0 and 100, with its interval', () => {
  expect(drawnMetric('BA', { value: 0.75, low: 0.5, high: 1.2 })).toEqual({
    value: 75,
    low: 50,
    high: 100,
  });
});

test('a correlation has its zero in the middle', () => {
  expect(drawnMetric('MCC', { value: 0 })).toEqual({ value: 50, low: 50, high: 50, zero: 50 });
});

test('what has no scale or no value is not drawn', () => {
  expect(drawnMetric('loss', { value: 0.4 })).toBeUndefined();
  expect(drawnMetric('BA', { value: NaN })).toBeUndefined();
});

test('balanced accuracy comes first, unknown metrics last in their order', () => {
  const one = { value: 1 };
  const names = sortedMetrics({ loss: one, PPV: one, MK: one, BA: one }).map(([name]) => name);
  expect(names).toEqual(['BA', 'PPV', 'loss', 'MK']);
});
