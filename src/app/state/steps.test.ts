import { expect, test } from 'vitest';
import { t } from '../strings.ts';
import type { ExperimentState } from './experiment-state.svelte.ts';
import { whyNotTrain } from './steps.ts';

/** The part of an experiment that decides whether training may start. */
function experiment(changes: object): ExperimentState {
  const sets = { train: ['sub-1/ses-1'], validation: ['sub-2/ses-1'], test: [] };
  return {
    choice: { classes: ['AD', 'CN'] },
    plan: { sets, audit: { verdict: 'clean' } },
    wrong: [],
    ...changes,
  } as unknown as ExperimentState;
}

const gpu = { kind: 'gpu' } as unknown as Parameters<typeof whyNotTrain>[0];
const none = { kind: 'none' } as unknown as Parameters<typeof whyNotTrain>[0];

test('nothing keeps a complete experiment from training, even without a test set', () => {
  expect(whyNotTrain(gpu, experiment({}))).toBeUndefined();
});

test.each([
  ['no WebGPU', none, {}, t.train.needsGpu],
  ['one class', gpu, { choice: { classes: ['AD'] } }, t.train.needsClasses],
  ['a setting out of range', gpu, { wrong: ['epochs'] }, t.train.needsSetting('Epochs')],
  [
    'a plan that failed',
    gpu,
    { plan: undefined, problem: { sentence: 'The label has fewer than two values.' } },
    t.train.needsSetsThat('The label has fewer than two values.'),
  ],
  ['no plan yet', gpu, { plan: undefined }, t.experiment.planning],
  [
    'an empty set',
    gpu,
    { plan: { sets: { train: [], validation: ['x'] }, audit: { verdict: 'clean' } } },
    t.train.needsSets,
  ],
  ['leakage', gpu, { plan: { audit: { verdict: 'leaky' } }, iKnow: false }, t.train.needsAudit],
])('%s is told in words', (_, device, changes, reason) => {
  expect(whyNotTrain(device, experiment(changes))).toBe(reason);
});

test('leakage that someone knows of keeps nothing back', () => {
  const sets = { train: ['sub-1/ses-1'], validation: ['sub-2/ses-1'], test: [] };
  const plan = { sets, audit: { verdict: 'leaky' } };
  expect(whyNotTrain(gpu, experiment({ plan, iKnow: true }))).toBeUndefined();
});
