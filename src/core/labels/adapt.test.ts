import { describe, expect, test } from 'vitest';
import { concatenate, planAdaptation, type OldTree } from './adapt.ts';
import { linesOf, tableOf, thrownBy } from './testing/tables.ts';

const tree = (paths: readonly string[], more: Partial<OldTree> = {}): OldTree => ({
  ...{ paths, splits: new Map(), folds: new Map(), ...more },
});
const plan = (old: OldTree, labels?: readonly string[]) =>
  Object.fromEntries(planAdaptation(old, labels).map(({ target, files }) => [target, files]));

const ROOT = ['AD.tsv', 'AD_baseline.tsv', 'CN.tsv', 'CN_baseline.tsv'];

describe('the plan', () => {
  test('gathers the labels of a folder, baselines apart, sorted by name', () => {
    expect(plan(tree([...ROOT].reverse()))).toEqual({
      'labels.tsv': ['AD.tsv', 'CN.tsv'],
      'labels_baseline.tsv': ['AD_baseline.tsv', 'CN_baseline.tsv'],
    });
  });

  test('takes the wanted labels alone', () => {
    expect(plan(tree(ROOT), ['AD'])).toEqual({
      'labels.tsv': ['AD.tsv'],
      'labels_baseline.tsv': ['AD_baseline.tsv'],
    });
    expect(thrownBy(() => plan(tree(ROOT), ['MCI']))).toMatchObject({
      ...{ code: 'CONFIG_VALUE', found: 'MCI', expected: '"labels_list" to be among AD, CN' },
    });
  });

  test('takes the sets of a split by their names', () => {
    const paths = [...ROOT, 'train/AD.tsv', 'train/AD_baseline.tsv', 'test/AD_baseline.tsv'];
    const merges = plan(tree(paths, { splits: new Map([['', 'test']]) }));
    expect(merges).toMatchObject({
      'split/train.tsv': ['train/AD.tsv'],
      'split/train_baseline.tsv': ['train/AD_baseline.tsv'],
      'split/test_baseline.tsv': ['test/AD_baseline.tsv'],
    });
    expect(merges).not.toHaveProperty('split/test.tsv');
  });

  test('takes the folds by their names and number', () => {
    const paths = [0, 1].flatMap((fold) => [
      `train_splits-2/split-${fold}/AD.tsv`,
      `validation_splits-2/split-${fold}/AD_baseline.tsv`,
    ]);
    const folds = new Map([['', { subset: 'validation', count: 2 }]]);
    expect(Object.keys(plan(tree([...ROOT, ...paths], { folds }), undefined)).sort()).toEqual([
      '2_fold/split-0/train.tsv',
      '2_fold/split-0/validation_baseline.tsv',
      '2_fold/split-1/train.tsv',
      '2_fold/split-1/validation_baseline.tsv',
      'labels.tsv',
      'labels_baseline.tsv',
    ]);
  });

  test('puts folds of a training set into the folder of the split', () => {
    const paths = [...ROOT, 'train/train_splits-2/split-0/AD.tsv'];
    const folds = new Map([['train', { subset: 'validation', count: 2 }]]);
    expect(plan(tree(paths, { folds }))).toHaveProperty('split/2_fold/split-0/train.tsv');
  });

  test('does not mix the tables of a folder with those below it', () => {
    expect(plan(tree([...ROOT, 'other/MCI.tsv']))['labels.tsv']).toEqual(['AD.tsv', 'CN.tsv']);
  });

  test('refuses a folder without tables, and one that is new already', () => {
    expect(thrownBy(() => plan(tree(['a.txt', 'b/AD.tsv']))).code).toBe('ADAPT_TREE');
    expect(thrownBy(() => plan(tree(['labels.tsv', 'merged.tsv'])))).toMatchObject({
      ...{ code: 'ADAPT_TREE', found: 'labels.tsv or train.tsv, the new form' },
    });
  });
});

describe('tables of labels', () => {
  const AD = tableOf('participant_id session_id diagnosis age\nsub-1 ses-M000 AD 70', 'AD.tsv');

  test('are put below each other, with the columns of all', () => {
    const CN = tableOf('session_id participant_id diagnosis sex\nses-M000 sub-2 CN F', 'CN.tsv');
    const { table, problems } = concatenate([AD, CN]);
    expect(linesOf(table)).toEqual([
      'participant_id session_id diagnosis age sex',
      'sub-1 ses-M000 AD 70.0 .',
      'sub-2 ses-M000 CN . F',
    ]);
    expect(problems).toEqual([]);
  });

  test('give a row that is twice the same once', () => {
    expect(concatenate([AD, { ...AD, file: 'again.tsv' }])).toMatchObject({
      ...{ table: { rows: [['sub-1', 'ses-M000', 'AD', '70']] }, problems: [] },
    });
  });

  test('tell a session that has two labels, and keep both rows', () => {
    const sAD = tableOf('participant_id session_id diagnosis age\nsub-1 ses-M000 sAD 70', 's.tsv');
    const { table, problems } = concatenate([AD, sAD]);
    expect(table.rows).toHaveLength(2);
    expect(problems).toMatchObject([
      { code: 'ADAPT_TWICE', file: 'AD.tsv, s.tsv', found: '1: sub-1 ses-M000' },
    ]);
  });

  test('are refused when a session stands twice in one of them', () => {
    const text = 'participant_id session_id\nsub-1 ses-M000\nsub-1 ses-M000';
    expect(thrownBy(() => concatenate([tableOf(text)])).code).toBe('TSV_DUPLICATE_ROW');
  });
});
