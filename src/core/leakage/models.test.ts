import { describe, expect, test } from 'vitest';
import type { Ancestor, Experiment } from './experiment.ts';
import { MODEL_RULES } from './models.ts';
import { CLEAN, having, row, set, TEST, TRAIN, VALIDATION } from './testing/experiments.ts';

const examine = (code: string, experiment: Experiment) => {
  const rule = MODEL_RULES.find((one) => one.code === code);
  if (rule === undefined) throw new Error(`no rule ${code}`);
  return rule.examine(experiment);
};
const cases = (code: string, experiment: Experiment) => {
  const examined = examine(code, experiment);
  return 'cases' in examined ? examined.cases : [];
};
const rows = (texts: readonly string[]) => texts.map((text) => row(text));

describe('people seen in pre-training', () => {
  const source = (more: Partial<Ancestor>): Ancestor => ({
    ...{ name: 'source', kind: 'transfer', seen: [] },
    ...more,
  });

  test('are looked for in test sets, among all whom the source has seen', () => {
    const ancestors = [source({ seen: rows([...TEST, ...TEST, ...TRAIN, ...VALIDATION]) })];
    expect(examine('LEAKAGE_PRETRAINING', { ...CLEAN, ancestors })).toEqual({
      looked: '1 test set against 7 participants of source',
      cases: [{ severity: 'error', where: 'test and source', participants: ['sub-C1', 'sub-C2'] }],
    });
    expect(examine('LEAKAGE_PRETRAINING', CLEAN)).toEqual({
      unchecked: 'training starts from no other network',
    });
  });

  test('who were set apart, and maybe not used, are a warning', () => {
    const ancestors = [source({ kind: 'reserved', name: 'list', seen: rows(TEST) })];
    expect(cases('LEAKAGE_PRETRAINING', { ...CLEAN, ancestors })).toEqual([
      { severity: 'warning', where: 'test and list', participants: ['sub-C1', 'sub-C2'] },
    ]);
  });

  test('are a warning in the validation of the split whose weights know them', () => {
    const sets = [0, 1].map((index) => set(`validation of split-${index}`, VALIDATION));
    const trained = new Map([[1, rows(VALIDATION)]]);
    const ancestors = [source({ seen: rows(VALIDATION), trained })];
    expect(cases('LEAKAGE_PRETRAINING', { sets, ancestors })).toEqual([
      {
        ...{ severity: 'warning', where: 'validation of split-1 and source' },
        participants: ['sub-B1', 'sub-B2'],
      },
    ]);
    const single = [set('validation', VALIDATION), set('train of split-1', VALIDATION)];
    expect(cases('LEAKAGE_PRETRAINING', { sets: single, ancestors })).toEqual([]);
  });
});

describe('folds that vote together', () => {
  const folds = [0, 1].map((index) => set(`train of split-${index}`, index === 0 ? TRAIN : TEST));

  test('are looked at when they do, and there are several and a test set', () => {
    const alone = { unchecked: 'each model is tested by itself' };
    expect(examine('LEAKAGE_FOLDS', { sets: [...folds, set('test', TEST)] })).toEqual(alone);
    expect(examine('LEAKAGE_FOLDS', { sets: folds, pooled: false })).toEqual(alone);
    const none = { unchecked: 'no test set of several folds' };
    expect(examine('LEAKAGE_FOLDS', { sets: folds, pooled: true })).toEqual(none);
    expect(examine('LEAKAGE_FOLDS', { ...CLEAN, pooled: true })).toEqual(none);
  });

  test('may share people between their test sets', () => {
    const sets = [...folds, set('test of split-0', VALIDATION), set('test of split-1', VALIDATION)];
    expect(cases('LEAKAGE_FOLDS', { sets, pooled: true })).toEqual([]);
  });

  test('are told where a test set stands in the training or validation of another fold', () => {
    const sets = [
      ...folds,
      set('validation of split-0', VALIDATION),
      set('test of split-0', [...TRAIN.slice(0, 1), ...TEST]),
      set('test of split-1', VALIDATION.slice(0, 1)),
    ];
    expect(examine('LEAKAGE_FOLDS', { sets, pooled: true })).toEqual({
      looked: '2 test sets against the sets of 2 folds',
      cases: [
        {
          ...{ severity: 'error', where: 'test of split-0 and train of split-1' },
          participants: ['sub-C1', 'sub-C2'],
        },
        {
          ...{ severity: 'error', where: 'test of split-1 and validation of split-0' },
          participants: ['sub-B1'],
        },
      ],
    });
  });
});

describe('a test set that chose the epoch', () => {
  test('has nobody but people of the validation set', () => {
    const part = having(set('test', VALIDATION.slice(1)));
    expect(examine('LEAKAGE_SELECTION', part)).toEqual({
      looked: '1 pair of validation and test',
      cases: [{ severity: 'error', where: 'validation and test', participants: ['sub-B2'] }],
    });
    const more = having(set('test', [...VALIDATION, TEST[0] ?? '']));
    expect(cases('LEAKAGE_SELECTION', more)).toEqual([]);
    expect(cases('LEAKAGE_SELECTION', having(set('test', [])))).toEqual([]);
  });

  test('is one of the same split', () => {
    const sets = [set('validation of split-0', VALIDATION), set('test of split-1', VALIDATION)];
    expect(examine('LEAKAGE_SELECTION', { sets })).toEqual({
      unchecked: 'no validation set beside a test set',
    });
    expect(cases('LEAKAGE_SELECTION', having(set('train', TEST)))).toEqual([]);
  });

  test('may have several sessions of each of them', () => {
    const test = VALIDATION.flatMap((text) => [text, text.replace('M000', 'M012')]);
    expect(cases('LEAKAGE_SELECTION', having(set('test', test)))).toHaveLength(1);
  });
});
