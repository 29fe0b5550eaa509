import { describe, expect, test } from 'vitest';
import { adaptationProblems } from './adaptation.ts';
import { mergeConfig } from './parse.ts';
import type { PartialConfig, Task } from './schema.ts';
import { unsupportedOptions } from './support.ts';

const WHOLE: PartialConfig = {
  ...{ ssda_network: true, architecture: 'Conv5_FC3_SSDA', caps_target: 'flair' },
  ...{ tsv_target_lab: 'split', tsv_target_unlab: 'others.tsv', preprocessing_dict_target: 'x' },
};
const look = (given: PartialConfig, task: Task = 'classification') =>
  adaptationProblems(mergeConfig(task, given));

test('an adaptation with all that it needs is whole, and so is a training without', () => {
  expect(look(WHOLE)).toEqual([]);
  expect(unsupportedOptions(mergeConfig('classification', WHOLE))).toEqual([]);
  expect(look({})).toEqual([]);
});

describe('refuses, by name', () => {
  test.each<[string, PartialConfig, RegExp]>([
    ['another network', { ...WHOLE, architecture: 'Conv5_FC3' }, /"Conv5_FC3_SSDA"/],
    ['the default network', { ...WHOLE, architecture: 'default' }, /"Conv5_FC3_SSDA"/],
    ['networks of parts', { ...WHOLE, multi_network: true }, /one network/],
    ['no CAPS', { ...WHOLE, caps_target: '' }, /--caps_target$/],
    ['no labelled sets', { ...WHOLE, tsv_target_lab: '' }, /--tsv_target_lab$/],
    ['the network alone', { architecture: 'Conv5_FC3_SSDA' }, /"ssda_network"/],
    ['a target of a training on one cohort', { caps_target: 'flair' }, /"caps_target"/],
    ['another one', { tsv_target_unlab: 'x.tsv' }, /"tsv_target_unlab"/],
  ])('%s', (_name, given, expected) => {
    const [problem, ...others] = look(given);
    expect(problem?.expected).toMatch(expected);
    expect(problem?.severity).toBe('error');
    expect(others).toEqual([]);
  });

  test('all that is missing at once', () => {
    const [problem] = look({ ssda_network: true, architecture: 'Conv5_FC3_SSDA' });
    expect(problem?.code).toBe('CONFIG_MISSING');
    expect(problem?.expected).toBe(
      'the target cohort: --caps_target, --tsv_target_lab, --tsv_target_unlab, --preprocessing_dict_target',
    );
  });

  test.each(['regression', 'reconstruction'] as const)('a %s', (task) => {
    const [problem] = look(WHOLE, task);
    expect(problem?.code).toBe('CONFIG_VALUE');
    expect(problem?.found).toBe(`a ${task}`);
  });
});
