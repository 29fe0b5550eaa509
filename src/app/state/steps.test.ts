import { expect, test } from 'vitest';
import { mergeConfig } from '../../core/config/parse.ts';
import { t } from '../strings.ts';
import type { ExperimentState } from './experiment-state.svelte.ts';
import { whyNotTrain } from './steps.ts';

const config = mergeConfig('classification', {});

/** The part of an experiment that decides whether training may start. */
function experiment(changes: object): ExperimentState {
  const sets = { train: ['sub-1/ses-1'], validation: ['sub-2/ses-1'], test: [] };
  return {
    choice: { classes: ['AD', 'CN'], config },
    plan: { sets, audit: { verdict: 'clean' }, refused: [] },
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
  ['one class', gpu, { choice: { classes: ['AD'], config } }, t.train.needsClasses],
  ['a setting out of range', gpu, { wrong: ['seed'] }, t.train.needsSetting('Seed')],
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
    { plan: { sets: { train: [], validation: ['x'] }, audit: { verdict: 'clean' }, refused: [] } },
    t.train.needsSets,
  ],
  [
    'a network that cannot be built',
    gpu,
    { plan: { audit: { verdict: 'clean' }, refused: [{ sentence: 'It is too deep.' }] } },
    t.train.needsNetworkThat('It is too deep.'),
  ],
  [
    'leakage',
    gpu,
    { plan: { refused: [], audit: { verdict: 'leaky' } }, iKnow: false },
    t.train.needsAudit,
  ],
])('%s is told in words', (_, device, changes, reason) => {
  expect(whyNotTrain(device, experiment(changes))).toBe(reason);
});

test('leakage that someone knows of keeps nothing back', () => {
  const sets = { train: ['sub-1/ses-1'], validation: ['sub-2/ses-1'], test: [] };
  const plan = { sets, audit: { verdict: 'leaky' }, refused: [] };
  expect(whyNotTrain(gpu, experiment({ plan, iKnow: true }))).toBeUndefined();
});

test('an option whose field cannot be used is told by its name', () => {
  const told = whyNotTrain(gpu, experiment({}), ['dropout']);
  expect(told).toBe(t.configure.needsOption('Dropout'));
});

test('a number to predict is asked for, not classes', () => {
  const choice = { classes: [], config: mergeConfig('regression', { label: '' }) };
  expect(whyNotTrain(gpu, experiment({ choice }))).toBe(t.configure.needsNumber);
});

test('nothing is asked for to rebuild images', () => {
  const choice = { classes: [], config: mergeConfig('reconstruction', {}) };
  expect(whyNotTrain(gpu, experiment({ choice }))).toBeUndefined();
});
