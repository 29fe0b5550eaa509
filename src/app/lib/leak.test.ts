import { expect, test } from 'vitest';
import type { Plan } from '../../jobs/session-api.ts';
import { leakReport } from './leak.ts';

const plan = (changes: Partial<Plan>): Plan => ({
  sets: {
    train: ['sub-1/ses-1', 'sub-1/ses-2', 'sub-2/ses-1'],
    validation: ['sub-3/ses-1'],
    test: ['sub-4/ses-1'],
  },
  balance: { train: { AD: 2, CN: 1 }, validation: { AD: 1, CN: 1 }, test: { AD: 1, CN: 1 } },
  network: { name: 'n', parameterCount: 0, layers: [] },
  memory: {
    parameterCount: 0,
    parameters: 0,
    gradients: 0,
    optimizer: 0,
    activations: 0,
    workspace: 0,
    input: 0,
    total: 0,
    largestBuffer: 0,
    microBatchSize: 2,
    fits: true,
    reasons: [],
  },
  shared: 0,
  problems: [],
  ...changes,
});

test('is clear with reasons, counting people and not sessions', () => {
  expect(leakReport(plan({}), ['AD', 'CN'])).toEqual({
    light: 'clear',
    reasons: ['0 of 4 participants in two sets', 'every class occurs in every set'],
  });
});

test('a person in two sets is leakage whatever else is in order', () => {
  expect(leakReport(plan({ shared: 1 }), ['AD', 'CN']).light).toBe('found');
});

test('a class that a set lacks is a doubt', () => {
  const balance = { train: { AD: 2, CN: 1 }, validation: { AD: 1 }, test: { AD: 1, CN: 1 } };
  const report = leakReport(plan({ balance }), ['AD', 'CN']);
  expect(report.light).toBe('unsure');
  expect(report.reasons).toContain('CN does not occur in Validation');
});

test('no test set is a doubt', () => {
  const sets = { train: ['sub-1/ses-1'], validation: ['sub-2/ses-1'], test: [] };
  expect(leakReport(plan({ sets }), ['AD', 'CN']).light).toBe('unsure');
});
