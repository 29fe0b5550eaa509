import { expect, test } from 'vitest';
import { StepPace } from './step-pace.ts';

const batch = (iteration: number, epoch = 0, split = 0) =>
  ({ kind: 'batch', split, epoch, iteration, loss: 1 }) as const;

test('medians of the times between batches, apart for a hidden tab', () => {
  const pace = new StepPace();
  [0, 100, 210, 300, 4000].forEach((at, index) => pace.hear(batch(index), at, false));
  pace.interrupt();
  [5000, 6000, 7100, 8000].forEach((at, index) => pace.hear(batch(5 + index), at, true));
  expect(pace.pace.seen).toBeCloseTo((0.1 + 0.11) / 2);
  expect(pace.pace.hidden).toBeCloseTo(1);
  expect(pace.pace.hiddenBatches).toBe(3);
});

test('the time between two epochs, or two splits, is no step', () => {
  const pace = new StepPace();
  pace.hear(batch(0), 0, false);
  pace.hear(batch(0, 1), 10_000, false);
  pace.hear(batch(1, 1, 1), 20_000, false);
  [20_100, 20_200, 20_300].forEach((at, index) => pace.hear(batch(2 + index, 1, 1), at, false));
  expect(pace.pace.seen).toBeCloseTo(0.1);
});

test('says nothing of two times', () => {
  const pace = new StepPace();
  [0, 100, 200].forEach((at, index) => pace.hear(batch(index), at, true));
  expect(pace.pace).toMatchObject({ seen: undefined, hidden: undefined, hiddenBatches: 2 });
});
