import { expect, test } from 'vitest';
import { describe } from '../../core/errors.ts';
import { endWords, progressWords, tabTitle } from './announce.ts';

const progress = {
  kind: 'progress',
  phase: 'Training',
  steps: [],
  done: 31,
  total: 50,
  unit: 'batches',
} as const;

test('while training the title tells the share of the whole run, and the epoch', () => {
  const title = tabTitle(progress, { epoch: 7, epochs: 20, share: 0.33 });
  expect(title).toBe('33% · epoch 7/20 – Capsule');
});

test('before the first epoch, and in other jobs, the title tells the phase', () => {
  const first = { epoch: 0, epochs: 20, share: 0 };
  expect(tabTitle({ ...progress, phase: 'Compiling' }, first)).toBe('62% · Compiling – Capsule');
  expect(tabTitle(progress, undefined)).toBe('62% · Training – Capsule');
});

test('without a known length there is no share', () => {
  expect(tabTitle({ ...progress, total: 0 }, undefined)).toBe('Capsule');
  expect(progressWords('train', { ...progress, total: 0 })).toBe('Training');
});

test('nothing is said when nothing runs', () => {
  expect(progressWords(undefined, progress)).toBe('');
});

test('the end of a job is told, good or bad', () => {
  expect(endWords('train', undefined)).toBe('Training is done.');
  expect(endWords('train', describe('GPU_LOST'))).toContain('lost');
});
