import { expect, test } from 'vitest';
import { EarlyStopping } from './early-stopping.ts';

function epochsUntilStop(losses: number[], patience: number, tolerance = 0): number {
  const stopping = new EarlyStopping(patience, tolerance);
  const stop = losses.findIndex((loss) => stopping.shouldStop(loss));
  return stop === -1 ? losses.length : stop + 1;
}

test('stops after `patience` epochs without a better loss', () => {
  expect(epochsUntilStop([1, 0.9, 0.95, 0.94, 0.93, 0.1], 3)).toBe(5);
  expect(epochsUntilStop([1, 0.9, 0.95, 0.8, 0.93, 0.94], 3)).toBe(6);
});

test('asks for an improvement of more than the tolerance', () => {
  expect(epochsUntilStop([1, 0.95, 0.94], 2, 0.1)).toBe(3);
  expect(epochsUntilStop([1, 0.85, 0.84, 0.83], 2, 0.1)).toBe(4);
});

test('goes on from its state', () => {
  const first = new EarlyStopping(2, 0);
  for (const loss of [1, 2]) first.shouldStop(loss);
  const second = new EarlyStopping(2, 0);
  second.state = first.state;
  expect(second.shouldStop(1.5)).toBe(true);
});

test('never stops with patience 0, but for a loss that is not a number', () => {
  expect(epochsUntilStop([1, 2, 3, 4, 5], 0)).toBe(5);
  expect(epochsUntilStop([1, NaN, 3], 0)).toBe(2);
});
