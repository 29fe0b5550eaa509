import { expect, test } from 'vitest';
import type { EvaluationEvent } from '../../jobs/events.ts';
import {
  batchCurves,
  epochCurves,
  extremes,
  figureNames,
  runningMean,
  storedCurves,
} from './curves.ts';

const names = { train: 'training', validation: 'validation', batch: 'batch', trend: 'mean' };

const evaluation = (epoch: number, iteration: number, loss: number): EvaluationEvent => ({
  kind: 'evaluation',
  split: 0,
  epoch,
  iteration,
  seconds: 1,
  train: { loss: 3 * loss, meanLoss: loss, metrics: { BA: 0.5, loss: 3 * loss } },
  validation: { loss, meanLoss: NaN, metrics: { BA: 0.75 } },
});

test('a running mean of a constant is that constant from its first value', () => {
  expect(runningMean([2, 2, 2], 0.9)).toEqual([2, 2, 2]);
});

test('a running mean lies between old and new', () => {
  const [first, second] = runningMean([0, 1], 0.5);
  expect(first).toBe(0);
  expect(second).toBeCloseTo(2 / 3);
});

test('a batch without a finite loss leaves a gap', () => {
  const batch = { kind: 'batch', split: 0, epoch: 0, iteration: 0 } as const;
  const data = batchCurves(
    [
      { ...batch, loss: NaN },
      { ...batch, loss: 1 },
    ],
    names,
  );
  expect(data.x).toEqual([1, 2]);
  expect(data.curves[0]?.y).toEqual([null, 1]);
  expect(data.curves[1]?.y).toEqual([null, 1]);
});

test('the last evaluation of an epoch stands for it, with mean losses', () => {
  const data = epochCurves(
    [evaluation(0, 0, 9), evaluation(0, 1, 2), evaluation(1, 0, 1)],
    'loss',
    names,
  );
  expect(data.x).toEqual([1, 2]);
  expect(data.curves[0]?.y).toEqual([2, 1]);
  expect(data.curves[1]?.y).toEqual([null, null]);
});

test('metrics can be drawn, the loss is named once', () => {
  const rows = [evaluation(0, 0, 1)];
  expect(figureNames(rows)).toEqual(['loss', 'BA']);
  expect(epochCurves(rows, 'BA', names).curves[1]?.y).toEqual([0.75]);
});

test('stored losses are drawn as they are, gaps where they are not known', () => {
  const history = [
    { epoch: 0, iteration: 0, train: 8, validation: 2 },
    { epoch: 1, iteration: 0, train: 4, validation: NaN },
  ];
  const data = storedCurves(history, names);
  expect(data.curves.map(({ y }) => y)).toEqual([
    [8, 4],
    [2, null],
  ]);
});

test('of very many batches every peak is drawn, at its place, and the mean is that of all', () => {
  const losses = Array.from({ length: 50_000 }, (_, at) => (at === 31_234 ? 99 : 1 + (at % 7) / 7));
  const events = losses.map(
    (loss, iteration) => ({ kind: 'batch', split: 0, epoch: 0, iteration, loss }) as const,
  );
  const { x, curves } = batchCurves(events, names, 0.9);
  expect(x.length).toBeLessThanOrEqual(3000);
  expect(x).toEqual([...x].sort((a, b) => a - b));
  expect(curves[0]?.y[x.indexOf(31_235)]).toBe(99);
  const whole = runningMean(losses, 0.9);
  expect(curves[1]?.y).toEqual(x.map((batch) => whole[batch - 1]));
});

test('few batches are all drawn; without smoothing there is no mean', () => {
  expect(extremes([3, null, 1], 10)).toEqual([0, 1, 2]);
  const batch = { kind: 'batch', split: 0, epoch: 0, iteration: 0, loss: 2 } as const;
  expect(batchCurves([batch], names, 0).curves.map(({ set }) => set)).toEqual(['batch']);
});
