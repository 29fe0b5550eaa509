import { describe, expect, test } from 'vitest';
import { MemoryTree } from '../files/memory-tree.ts';
import { readSplit, type SplitChoice } from './read-split.ts';

const CHOICE: SplitChoice = {
  ...{ label: 'diagnosis', diagnoses: ['AD', 'CN'] },
  ...{ baseline: false, validLongitudinal: false, splits: 0 },
};
const TABLE = 'participant_id\tsession_id\tdiagnosis\nsub-1\tses-0\tAD\n';
const treeWith = (...paths: string[]) =>
  new MemoryTree('study', Object.fromEntries(paths.map((path) => [path, TABLE])));
const SETS = ['train.tsv', 'validation_baseline.tsv'];
const folds = (folder: string, count: number) =>
  Array.from({ length: count }, (_, n) =>
    SETS.map((name) => `${folder}/split-${n}/${name}`),
  ).flat();

async function refused(tree: MemoryTree, folder: string, choice: Partial<SplitChoice> = {}) {
  const last = Math.max(1, choice.splits ?? 0) - 1;
  for (let split = 0; split <= last; split++) {
    try {
      await readSplit(tree, folder, split, { ...CHOICE, allowShared: true, ...choice });
    } catch (thrown) {
      return (thrown as { problem: unknown }).problem;
    }
  }
  throw new Error('read');
}

describe('a table that is missing, and what the folder holds instead', () => {
  test('folds, where a single split was asked for', async () => {
    const problem = await refused(treeWith(...folds('split/5_fold', 5)), 'split/5_fold');
    expect(problem).toMatchObject({
      ...{ code: 'SPLIT_MISSING', file: 'split/5_fold/train.tsv' },
      ...{ found: '5 folds (split-0 to split-4)' },
      action: 'Give --n_splits 5 (and --split for some of them only).',
    });
  });

  test('a single split, where folds were asked for', async () => {
    const tree = treeWith(...SETS.map((name) => `split/${name}`));
    expect(await refused(tree, 'split', { splits: 3 })).toMatchObject({
      ...{ file: 'split/split-0/train.tsv', found: 'a single split' },
      action: expect.stringMatching(/^Leave --n_splits out/) as string,
    });
  });

  test('fewer folds than were asked for', async () => {
    expect(await refused(treeWith(...folds('f', 2)), 'f', { splits: 3 })).toMatchObject({
      ...{ file: 'f/split-2/train.tsv', found: '2 folds', action: 'Give --n_splits 2.' },
    });
  });

  test('folds one folder further down', async () => {
    const problem = await refused(
      treeWith('split/split.json', ...folds('split/4_fold', 4)),
      'split',
    );
    expect(problem).toMatchObject({
      found: 'none; but "4_fold" with 4 folds (--n_splits 4)',
      action: 'Give the folder "split/4_fold" as TSV_DIRECTORY.',
    });
    // Also where the option is right and the folder alone is not.
    const other = await refused(treeWith(...folds('split/4_fold', 4)), 'split', { splits: 4 });
    expect(other).toMatchObject({ action: 'Give the folder "split/4_fold" as TSV_DIRECTORY.' });
  });

  test('the folder above the sets, which has a train.tsv of its own', async () => {
    const tree = treeWith('a/train.tsv', ...SETS.map((name) => `a/split/${name}`));
    expect(await refused(tree, 'a')).toMatchObject({
      ...{ file: 'a/validation_baseline.tsv', found: 'none; but "split" with a single split' },
      action: 'Give the folder "a/split" as TSV_DIRECTORY.',
    });
  });

  test.each([
    [['train_baseline.tsv', 'validation_baseline.tsv'], {}, '--baseline'],
    [SETS, { baseline: true }, '--longitudinal'],
    [SETS, { validLongitudinal: true }, '--valid_baseline'],
    [['train.tsv', 'validation.tsv'], {}, '--valid_longitudinal'],
  ])('%j with %j: %s reads what is there', async (names, choice, option) => {
    const problem = await refused(treeWith(...names.map((name) => `s/${name}`)), 's', choice);
    expect(problem).toMatchObject({ action: `Give ${option} to use it.` });
  });

  test('nothing at all', async () => {
    expect(await refused(treeWith('else/train.tsv'), 'split')).toMatchObject({
      ...{ code: 'SPLIT_MISSING', found: 'an empty folder, or none' },
    });
    expect(await refused(treeWith('split/notes.txt'), 'split')).toMatchObject({ found: 'none' });
  });
});
