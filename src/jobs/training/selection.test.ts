import { expect, test } from 'vitest';
import { BestModels } from './selection.ts';

test('takes strictly better epochs only, smaller losses and larger accuracies', () => {
  const best = new BestModels(['loss', 'BA']);
  const epoch = (loss: number, BA: number) =>
    best.improvedBy((metric) => (metric === 'loss' ? loss : BA));
  expect(epoch(0.7, 0.5)).toEqual(['loss', 'BA']);
  expect(epoch(0.7, 0.5)).toEqual([]);
  expect(epoch(0.6, 0.5)).toEqual(['loss']);
  expect(epoch(0.9, 0.8)).toEqual(['BA']);
});

test('never takes an epoch whose metric is not a number', () => {
  const best = new BestModels(['loss']);
  expect(best.improvedBy(() => NaN)).toEqual([]);
});

test('refuses a metric of another task', () => {
  expect(() => new BestModels(['loss', 'MAE'])).toThrow(/SELECTION_METRIC.*MAE/);
});
