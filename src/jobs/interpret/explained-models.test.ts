import { expect, test } from 'vitest';
import { explainedModels } from './explained-models.ts';

const splits = [
  { name: 'split-0', metrics: ['BA', 'MCC', 'loss'] },
  { name: 'split-1', metrics: ['BA', 'MCC', 'loss'] },
];

test('says which models there are beside the default, and how to ask for them', () => {
  expect(explainedModels(splits, [])).toBe(
    'Explained: best-loss of split-0, split-1. Not explained: best-BA, best-MCC (-sm BA -sm MCC asks for them).',
  );
});

test('says which were asked for', () => {
  expect(explainedModels(splits.slice(0, 1), ['BA', 'MCC'])).toBe(
    'Explained: best-BA, best-MCC of split-0. Not explained: best-loss (-sm loss asks for it).',
  );
});

test('says when there is no other', () => {
  const only = [{ name: 'split-0', metrics: ['loss'] }];
  expect(explainedModels(only, [])).toBe(
    'Explained: best-loss of split-0. There is no other model.',
  );
});
