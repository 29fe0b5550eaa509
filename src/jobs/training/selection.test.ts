import { expect, test } from 'vitest';
import { mergeConfig } from '../../core/config/parse.ts';
import { TASKS } from '../../core/config/schema.ts';
import { taskOf } from '../shared/task.ts';
import { BestModels } from './selection.ts';

const task = (kind: (typeof TASKS)[number]) =>
  taskOf(mergeConfig(kind), kind === 'classification' ? { AD: 0, CN: 1 } : {});
const classification = task('classification');

test('takes strictly better epochs only, smaller losses and larger accuracies', () => {
  const best = new BestModels(['loss', 'BA'], classification);
  const epoch = (number: number, loss: number, BA: number) =>
    best.improvedBy(number, (metric) => (metric === 'loss' ? loss : BA));
  expect(epoch(0, 0.7, 0.5)).toEqual(['loss', 'BA']);
  expect(epoch(1, 0.7, 0.5)).toEqual([]);
  expect(epoch(2, 0.6, 0.5)).toEqual(['loss']);
  expect(epoch(3, 0.9, 0.8)).toEqual(['BA']);
  expect([...best.epochs]).toEqual([
    ['loss', 2],
    ['BA', 3],
  ]);
});

test('never takes an epoch whose metric is not a number', () => {
  const best = new BestModels(['loss'], classification);
  expect(best.improvedBy(0, () => NaN)).toEqual([]);
  expect(best.epochs.size).toBe(0);
});

test.each(TASKS)('every metric of a %s selects, in its own direction', (kind) => {
  const { metricNames } = task(kind);
  const smaller = ['loss', 'MAE', 'RMSE', 'LR_minus'];
  expect(metricNames.length).toBeGreaterThan(2);
  for (const metric of ['loss', ...metricNames]) {
    const best = new BestModels([metric], task(kind));
    expect(best.improvedBy(0, () => 0.5)).toEqual([metric]);
    const isBetter = smaller.includes(metric) ? 0.4 : 0.6;
    const isWorse = smaller.includes(metric) ? 0.6 : 0.4;
    expect(
      best.improvedBy(1, () => isWorse),
      metric,
    ).toEqual([]);
    expect(
      best.improvedBy(2, () => isBetter),
      metric,
    ).toEqual([metric]);
  }
});

test.each([
  ['classification', 'MAE'],
  ['regression', 'BA'],
  ['reconstruction', 'R2_score'],
] as const)('a %s refuses %s, a metric of another task', (kind, metric) => {
  expect(() => new BestModels(['loss', metric], task(kind))).toThrow(
    new RegExp(`SELECTION_METRIC.*${metric}`),
  );
});

test('goes on from its state', () => {
  const first = new BestModels(['loss', 'BA'], classification);
  first.improvedBy(4, (metric) => (metric === 'loss' ? 0.3 : NaN));
  const second = new BestModels(['loss', 'BA'], classification);
  second.state = JSON.parse(JSON.stringify(first.state)) as typeof first.state;
  expect(second.improvedBy(5, () => 0.4)).toEqual(['BA']);
  expect([...second.epochs]).toEqual([
    ['loss', 4],
    ['BA', 5],
  ]);
});
