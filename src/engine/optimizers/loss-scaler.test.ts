import { expect, test } from 'vitest';
import { LossScaler } from './loss-scaler.ts';

test('halves where a gradient is not finite, doubles after 2000 steps in a row', () => {
  const scaler = new LossScaler();
  expect(scaler.scale).toBe(65_536);
  for (let step = 0; step < 1999; step++) scaler.update(true);
  scaler.update(false);
  expect(scaler.state).toEqual({ scale: 32_768, growthTracker: 0, skipped: 1 });
  for (let step = 0; step < 2000; step++) scaler.update(true);
  expect(scaler.state).toEqual({ scale: 65_536, growthTracker: 0, skipped: 1 });
});

test('is not lowered twice for steps that had the same scale', () => {
  const scaler = new LossScaler({ scale: 1024, growthTracker: 30, skipped: 0 });
  expect(scaler.isSteady).toBe(true);
  for (let step = 0; step < 3; step++) scaler.update(false, 1024);
  expect(scaler.state).toEqual({ scale: 512, growthTracker: 0, skipped: 3 });
  expect(scaler.isSteady).toBe(false);
});

test('goes on from what a checkpoint kept, and says when it cannot help', () => {
  const scaler = new LossScaler({ scale: 2 ** -13, growthTracker: 7, skipped: 3 });
  expect(scaler.isExhausted).toBe(false);
  scaler.update(false);
  scaler.update(false);
  expect(scaler.isExhausted).toBe(true);
  expect(scaler.state.skipped).toBe(5);
});
