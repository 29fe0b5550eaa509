import { expect, test } from 'vitest';
import { progressWords, tabTitle } from './announce.ts';

const progress = {
  kind: 'progress',
  phase: 'Training',
  steps: [],
  done: 31,
  total: 50,
  unit: 'batches',
} as const;

test('the title tells share and epoch', () => {
  expect(tabTitle(progress, 7, 20)).toBe('62% · epoch 7/20 – Capsule');
});

test('before the first epoch the title tells the phase', () => {
  expect(tabTitle({ ...progress, phase: 'Compiling' }, 0, 20)).toBe('62% · Compiling – Capsule');
});

test('without a known length there is no share', () => {
  expect(tabTitle({ ...progress, total: 0 }, 1, 2)).toBe('Capsule');
  expect(progressWords('train', { ...progress, total: 0 })).toBe('Training');
});

test('nothing is said when nothing runs', () => {
  expect(progressWords(undefined, progress)).toBe('');
});
