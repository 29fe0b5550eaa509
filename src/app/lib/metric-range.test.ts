import { expect, test } from 'vitest';
import { baseOf, drawnMetric, metricTitle, sortedMetrics } from './metric-range.ts';

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

test('balanced accuracy comes first, the loss last', () => {
  const one = { value: 1 };
  const names = sortedMetrics({ loss: one, PPV: one, MK: one, BA: one }).map(([name]) => name);
  expect(names).toEqual(['BA', 'PPV', 'MK', 'loss']);
});

test('metrics of one class against the rest are those of their class', () => {
  expect(metricTitle('BA-1', ['AD', 'CN', 'MCI'])).toBe('Balanced accuracy, CN');
  expect(metricTitle('AUC', [])).toBe('Area under the ROC curve');
  expect(baseOf('LR_plus-2')).toBe('LR_plus');
  expect(drawnMetric('MCC-0', { value: 0 })?.zero).toBe(50);
});

test('what is in the unit of the label has no scale', () => {
  expect(drawnMetric('MAE', { value: 4.2, low: 3, high: 5 })).toBeUndefined();
  expect(drawnMetric('R2_score', { value: 0.5 })?.value).toBe(50);
});
