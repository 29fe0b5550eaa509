import { describe, expect, test } from 'vitest';
import { MemoryTree } from '../files/memory-tree.ts';
import { folderTree, SYNTHETIC } from '../caps/testing/folder.ts';
import { indexCaps } from '../caps/index.ts';
import { sessionName } from '../tsv/sessions.ts';
import { missingSessions, readSplit, trainAndValidation, type SplitChoice } from './read-split.ts';

const CHOICE: SplitChoice = {
  label: 'diagnosis',
  diagnoses: ['AD', 'CN'],
  baseline: false,
  validLongitudinal: false,
  splits: 0,
};
const HEADER = 'participant_id\tsession_id\tdiagnosis\tsex\n';
const rows = (...lines: string[]) =>
  HEADER + lines.map((line) => `${line.replaceAll(' ', '\t')}\n`).join('');
const names = (set: readonly { participant: string; session: string }[]) => set.map(sessionName);

const TRAIN = rows('sub-1 ses-0 AD F', 'sub-1 ses-1 AD F', 'sub-2 ses-0 CN M', 'sub-3 ses-0 MCI M');
const FILES = {
  'data/train.tsv': rows('sub-1 ses-0 AD F', 'sub-2 ses-0 CN M', 'sub-4 ses-0 AD F'),
  'data/split/train.tsv': TRAIN,
  'data/split/train_baseline.tsv': rows('sub-1 ses-0 AD F', 'sub-2 ses-0 CN M'),
  'data/split/validation_baseline.tsv': rows('sub-4 ses-0 AD F'),
  'data/split/validation.tsv': rows('sub-4 ses-0 AD F', 'sub-4 ses-1 AD F'),
};
const TREE = new MemoryTree('study', FILES);

describe('a single split', () => {
  test('is that of the reference for its own tables', async () => {
    const tree = folderTree(SYNTHETIC);
    const { train, validation } = await readSplit(tree, 'split', 0, CHOICE);
    expect([train.length, validation.length]).toEqual([12, 4]);
    expect(train[1]).toEqual({ participant: 'sub-SYN301', session: 'ses-M000', label: 'AD' });
    const { sessions, source } = await trainAndValidation(tree, 'split', []);
    expect([sessions.length, source]).toEqual([16, 'train.tsv']);
    const index = await indexCaps(folderTree(`${SYNTHETIC}/caps`));
    const isThere = (key: { participant: string; session: string }) =>
      index.byName.has(sessionName(key));
    expect(
      missingSessions([...train, { participant: 'sub-X', session: 'ses-1' }], isThere),
    ).toMatchObject([{ code: 'CAPS_NO_VOLUME', participant: 'sub-X', session: 'ses-1' }]);
  });

  test('keeps the wanted diagnoses, in the order of the table', async () => {
    const { train, validation } = await readSplit(TREE, 'data/split', 0, CHOICE);
    expect(names(train)).toEqual(['sub-1/ses-0', 'sub-1/ses-1', 'sub-2/ses-0']);
    expect(names(validation)).toEqual(['sub-4/ses-0']);
  });

  test('reads the tables that baseline and valid_longitudinal name', async () => {
    const choice = { ...CHOICE, baseline: true, validLongitudinal: true };
    const { train, validation, files } = await readSplit(TREE, 'data/split', 0, choice);
    expect([train.length, validation.length]).toEqual([2, 2]);
    expect(files).toEqual({
      train: 'data/split/train_baseline.tsv',
      validation: 'data/split/validation.tsv',
    });
  });

  test('filters by diagnosis when another label is predicted', async () => {
    const { train } = await readSplit(TREE, 'data/split', 0, { ...CHOICE, label: 'sex' });
    expect(train.map(({ label }) => label)).toEqual(['F', 'F', 'M']);
  });

  test('joins a missing diagnosis from labels.tsv', async () => {
    const bare = 'participant_id\tsession_id\nsub-1\tses-0\nsub-9\tses-0\n';
    const tree = new MemoryTree('study', {
      'labels.tsv': TRAIN,
      'split/train.tsv': bare,
      'split/validation_baseline.tsv': 'participant_id\tsession_id\nsub-2\tses-0\n',
    });
    const { train } = await readSplit(tree, 'split', 0, CHOICE);
    expect(train).toEqual([{ participant: 'sub-1', session: 'ses-0', label: 'AD' }]);
  });
});

test('folds stand in folders of their own', async () => {
  const tree = new MemoryTree('study', {
    'train.tsv': TRAIN,
    'split/2_fold/split-1/train.tsv': rows('sub-1 ses-0 AD F'),
    'split/2_fold/split-1/validation_baseline.tsv': rows('sub-2 ses-0 CN M'),
  });
  const { train, validation } = await readSplit(tree, 'split/2_fold', 1, { ...CHOICE, splits: 2 });
  expect([names(train), names(validation)]).toEqual([['sub-1/ses-0'], ['sub-2/ses-0']]);
  const beyond = readSplit(tree, 'split/2_fold', 2, { ...CHOICE, splits: 2 });
  await expect(beyond).rejects.toMatchObject({ code: 'SPLIT_MISSING' });
});

describe('what is refused', () => {
  const withValidation = (validation: string) =>
    readSplit(
      new MemoryTree('split', { 'train.tsv': TRAIN, 'validation_baseline.tsv': validation }),
      '',
      0,
      CHOICE,
    );

  test('participants in both sets, all of them named', async () => {
    const both = rows('sub-2 ses-9 CN M', 'sub-1 ses-9 AD F', 'sub-5 ses-0 AD F');
    await expect(withValidation(both)).rejects.toThrow(/LEAKAGE_PARTICIPANTS.*2: sub-1, sub-2/);
  });

  test('not for a caller that looks for them itself', async () => {
    const tree = new MemoryTree('split', {
      'train.tsv': TRAIN,
      'validation_baseline.tsv': rows('sub-2 ses-9 CN M'),
    });
    const { validation } = await readSplit(tree, '', 0, { ...CHOICE, allowShared: true });
    expect(names(validation)).toEqual(['sub-2/ses-9']);
    await expect(readSplit(tree, '', 0, { ...CHOICE, allowShared: false })).rejects.toMatchObject({
      code: 'LEAKAGE_PARTICIPANTS',
    });
  });

  test('a set without a row of the wanted diagnoses', async () => {
    await expect(withValidation(rows('sub-7 ses-0 MCI F'))).rejects.toThrow(/SPLIT_EMPTY.*MCI/);
  });

  test('an empty label, with its row', async () => {
    const tree = new MemoryTree('split', {
      'train.tsv': rows('sub-1 ses-0 AD F', 'sub-2 ses-0 CN n/a'),
      'validation_baseline.tsv': rows('sub-3 ses-0 AD M'),
    });
    await expect(readSplit(tree, '', 0, { ...CHOICE, label: 'sex' })).rejects.toThrow(
      /TSV_VALUE.*sub-2.*row 3.*"sex"/,
    );
  });

  test('a folder without its tables, by the name of the first', async () => {
    await expect(readSplit(new MemoryTree('split'), '', 0, CHOICE)).rejects.toThrow(
      /SPLIT_MISSING.*train\.tsv/,
    );
  });

  test('a label that no table has', async () => {
    await expect(
      readSplit(TREE, 'data/split', 0, { ...CHOICE, label: 'mmse' }),
    ).rejects.toMatchObject({ code: 'TSV_COLUMN' });
  });
});

test('train+validation falls back on the union of the sets, and says so', async () => {
  const tree = new MemoryTree('split', {
    'train.tsv': TRAIN,
    'validation_baseline.tsv': rows('sub-4 ses-0 AD F'),
  });
  const split = await readSplit(tree, '', 0, CHOICE);
  const { sessions, source } = await trainAndValidation(tree, '', [split, split]);
  expect(names(sessions)).toEqual(['sub-1/ses-0', 'sub-1/ses-1', 'sub-2/ses-0', 'sub-4/ses-0']);
  expect(source).toMatch(/training and validation sets/);
});

describe('the number of a split', () => {
  const problemOf = async (index: number, splits: number) => {
    try {
      await readSplit(TREE, 'data/split', index, { ...CHOICE, splits });
    } catch (thrown) {
      return (thrown as { problem: { code: string; expected?: string } }).problem;
    }
    throw new Error('nothing was thrown');
  };

  test.each([
    [-1, 0, 'a split below 1'],
    [1, 0, 'a split below 1'],
    [1, 1, 'a split below 1'],
    [3, 3, 'a split below 3'],
  ])('%d of %d is refused', async (index, splits, expected) => {
    expect(await problemOf(index, splits)).toMatchObject({ code: 'SPLIT_MISSING', expected });
  });

  test('the only one of one stands in the folder itself', async () => {
    const { files } = await readSplit(TREE, 'data/split', 0, { ...CHOICE, splits: 1 });
    expect(files.train).toBe('data/split/train.tsv');
  });

  test('the last one of three is looked for in its own folder', async () => {
    await expect(readSplit(TREE, 'data/split', 2, { ...CHOICE, splits: 3 })).rejects.toMatchObject({
      problem: { code: 'SPLIT_MISSING', file: 'data/split/split-2/train.tsv' },
    });
  });
});

test('everyone who was seen is in labels.tsv where there is no train.tsv above', async () => {
  const tree = new MemoryTree('study', { 'labels.tsv': TRAIN, 'split/train.tsv': TRAIN });
  const { sessions, source } = await trainAndValidation(tree, 'split', []);
  expect([sessions.length, source]).toEqual([4, 'labels.tsv']);
});
