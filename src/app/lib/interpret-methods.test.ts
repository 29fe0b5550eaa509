import { expect, test } from 'vitest';
import {
  defaultOf,
  isWrong,
  METHOD_NAMES,
  methodOf,
  runsOf,
  settingsOf,
} from './interpret-methods.ts';

test('empty fields give the defaults of the command line', () => {
  expect(METHOD_NAMES.map((name) => methodOf(name, {}))).toEqual([
    { method: 'gradients' },
    { method: 'grad-cam', form: 'clinicadl' },
    { method: 'grad-cam++' },
    { method: 'guided-backpropagation' },
    { method: 'smoothgrad', samples: 50, noise: 0.15, seed: 0 },
    { method: 'integrated-gradients', steps: 50, baseline: 0 },
    { method: 'occlusion', size: 16, stride: 16, value: 0 },
  ]);
});

test('what was typed counts for its own method alone', () => {
  const typed = { level: '3', form: 'paper', steps: '8', size: '9', noise: '0.3' };
  expect(methodOf('grad-cam', typed)).toEqual({ method: 'grad-cam', level: 3, form: 'paper' });
  expect(methodOf('occlusion', typed)).toEqual({
    ...{ method: 'occlusion', size: 9, stride: 9, value: 0 },
  });
  expect(methodOf('gradients', { ...typed, level: 'x' })).toEqual({ method: 'gradients' });
  expect(defaultOf('stride', typed)).toBe('9');
});

test('what cannot be used is refused before anything runs', () => {
  expect(methodOf('grad-cam', { level: '0' })).toBeUndefined();
  expect(methodOf('grad-cam', { level: '2.5' })).toBeUndefined();
  expect(methodOf('smoothgrad', { noise: '-1' })).toBeUndefined();
  expect(methodOf('occlusion', { size: '8', stride: '9' })).toBeUndefined();
  expect(isWrong('value', 'NaN')).toBe(true);
  expect(isWrong('baseline', '-0.5')).toBe(false);
  expect(isWrong('form', 'other')).toBe(true);
});

test('says what a map costs', () => {
  const runs = METHOD_NAMES.map((name) => runsOf(methodOf(name, {}) ?? { method: 'gradients' }));
  expect(runs).toEqual([1, 1, 1, 1, 50, 50, undefined]);
  expect(settingsOf('occlusion')).toEqual(['size', 'stride', 'value']);
});
