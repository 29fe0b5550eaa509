import { describe, expect, test } from 'vitest';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { describeTables, mergeSets, testTablesOf, type TableReading } from './table-sets.ts';

const table = (...rows: string[]) =>
  ['participant_id session_id diagnosis sex', ...rows, ''].join('\n').replaceAll(' ', '\t');
const reading: TableReading = { label: 'diagnosis', inputs: [] };

const describeFolder = (
  files: Readonly<Record<string, string>>,
  folder = 'split',
  more: Partial<TableReading> & { diagnoses?: string[] } = {},
) => {
  const { diagnoses = [], ...rest } = more;
  const place = { tree: new MemoryTree('study', files), folder, diagnoses };
  return describeTables(place, { ...reading, ...rest });
};
const shortly = (sets: Awaited<ReturnType<typeof describeTables>>['sets']) =>
  sets.map(({ name, role, split, rows }) => [
    ...[name, role, split, rows.map(({ participant, session }) => `${participant}/${session}`)],
  ]);

const SINGLE = {
  'split/train.tsv': table('sub-1 ses-M000 AD F', 'sub-1 ses-M006 AD F', 'sub-2 ses-M000 CN M'),
  'split/train_baseline.tsv': table('sub-1 ses-M000 AD F'),
  'split/validation_baseline.tsv': table('sub-3 ses-M000 CN F'),
};

describe('a single split', () => {
  test('has the tables of first sessions and of all in one set', async () => {
    const { sets, visits, stratification } = await describeFolder(SINGLE);
    expect(shortly(sets)).toEqual([
      [
        ...['train', 'train', undefined],
        ['sub-1/ses-M000', 'sub-1/ses-M006', 'sub-2/ses-M000', 'sub-1/ses-M000'],
      ],
      ['validation', 'validation', undefined, ['sub-3/ses-M000']],
    ]);
    expect(sets[0]?.rows.map(({ file }) => file).at(-1)).toBe('split/train_baseline.tsv');
    expect([visits, stratification]).toEqual([[], undefined]);
  });

  test('has the test tables of its folder, and those beside it where its people come from', async () => {
    const test = { 'split/test.tsv': table('sub-4 ses-M000 CN F') };
    const beside = { 'test_baseline.tsv': table('sub-5 ses-M000 CN F') };
    const names = async (files: Record<string, string>, folder = 'split') =>
      (await describeFolder(files, folder)).sets.map(({ name }) => name);
    const own = ['train', 'validation', 'test'];
    expect(await names({ ...SINGLE, ...test, ...beside })).toEqual(own);
    const parent = { 'train.tsv': table('sub-1 ses-M000 AD F') };
    expect(await names({ ...SINGLE, ...test, ...beside, ...parent })).toEqual([
      ...own,
      'test beside the folder',
    ]);
    const tree = new MemoryTree('study', { ...SINGLE, ...test, ...beside, ...parent });
    expect(await testTablesOf(tree, 'split')).toEqual(['split/test.tsv', 'test_baseline.tsv']);
    expect(await testTablesOf(tree, '')).toEqual(['test_baseline.tsv']);
  });

  test('may be the tree itself', async () => {
    const { sets } = await describeFolder({ 'train.tsv': table('sub-1 ses-M000 AD F') }, '');
    expect(sets.map(({ name }) => name)).toEqual(['train']);
  });

  test('has rows of the wanted diagnoses', async () => {
    const { sets } = await describeFolder(SINGLE, 'split', { diagnoses: ['CN'] });
    expect(sets.map(({ rows }) => rows.length)).toEqual([1, 1]);
  });

  test('takes labels from the table beside it where it has none', async () => {
    const bare = 'participant_id\tsession_id\nsub-1\tses-M000\n';
    const files = {
      'split/train.tsv': bare,
      'labels.tsv': table('sub-1 ses-M000 AD F', 'sub-9 ses-M000 CN F'),
    };
    const { sets, visits } = await describeFolder(files);
    expect(sets[0]?.rows[0]).toMatchObject({ label: 'AD', diagnosis: 'AD' });
    expect(visits.map(({ file }) => file)).toEqual(['labels.tsv', 'labels.tsv']);
    const given = await describeFolder(files, 'split', { visits: [] });
    expect(given.sets[0]?.rows[0]?.label).toBeUndefined();
  });
});

describe('folds', () => {
  const FOLDS = {
    'split/kfold.json': '{"n_splits": 2, "subset_name": "holdout", "stratification": "sex"}',
    'split/split-0/train.tsv': table('sub-1 ses-M000 AD F'),
    'split/split-0/holdout_baseline.tsv': table('sub-2 ses-M000 CN M'),
    'split/split-1/train_baseline.tsv': table('sub-2 ses-M000 CN M'),
    'split/split-1/validation.tsv': table('sub-1 ses-M000 AD F'),
    'split/split-3/train.tsv': table('sub-7 ses-M000 AD F'),
  };

  test('have their sets each, a subset of another name is tested on', async () => {
    const { sets, stratification } = await describeFolder(FOLDS);
    expect(shortly(sets)).toEqual([
      ['train of split-0', 'train', 0, ['sub-1/ses-M000']],
      ['holdout of split-0', 'test', 0, ['sub-2/ses-M000']],
      ['train of split-1', 'train', 1, ['sub-2/ses-M000']],
      ['validation of split-1', 'validation', 1, ['sub-1/ses-M000']],
    ]);
    expect(stratification).toBe('sex');
    expect(sets[0]?.rows[0]?.cells?.get('sex')).toBe('F');
  });

  test('are what they are when the file about them cannot be read or lies', async () => {
    for (const text of ['{', '[]', '{"subset_name": 3}', '{"subset_name": "../secret"}']) {
      const { sets, stratification } = await describeFolder({ ...FOLDS, 'split/kfold.json': text });
      expect(sets.map(({ role }) => role)).toEqual(['train', 'train', 'validation']);
      expect(stratification).toBeUndefined();
    }
    const { stratification } = await describeFolder(FOLDS, 'split', { stratification: 'age' });
    expect(stratification).toBe('age');
    const split = { ...SINGLE, 'split/split.json': '{"categorical_split_variable": "site"}' };
    expect((await describeFolder(split)).stratification).toBe('site');
  });
});

test('a folder without a set is refused', async () => {
  await expect(describeFolder({ 'split/labels.tsv': table() })).rejects.toThrow(
    /SPLIT_MISSING.*split.*neither/,
  );
});

test('sets in folders below the one that was given are named', async () => {
  await expect(
    describeFolder({
      'split/labels.tsv': table(),
      'split/5_fold/split-0/train.tsv': table(),
      'split/5_fold/split-1/train_baseline.tsv': table(),
      'split/single/train.tsv': table(),
    }),
  ).rejects.toThrow(/but sets in 5_fold, single/);
});

test('sets of the same name are put together', async () => {
  const { sets } = await describeFolder(SINGLE);
  expect(mergeSets([...sets, ...sets]).map(({ name, rows }) => [name, rows.length])).toEqual([
    ['train', 8],
    ['validation', 2],
  ]);
});
