import { expect, test } from 'vitest';
import { listPaths, readText } from '../../core/files/read.ts';
import { adapt } from './adapt.ts';
import { treeOf } from './testing/labels-input.ts';
import { runJob } from './testing/run-job.ts';

const HEADER = 'participant_id session_id diagnosis';
const OLD = {
  'AD.tsv': `${HEADER}\nsub-1 ses-M000 AD\nsub-1 ses-M012 AD`,
  'AD_baseline.tsv': `${HEADER}\nsub-1 ses-M000 AD`,
  'CN.tsv': `${HEADER}\nsub-2 ses-M000 CN`,
  'CN_baseline.tsv': `${HEADER}\nsub-2 ses-M000 CN`,
  'split.json': '{"n_test": 1,\t"subset_name": "test"}',
  'train/AD.tsv': `${HEADER}\nsub-1 ses-M000 AD`,
  'test/CN_baseline.tsv': `${HEADER}\nsub-2 ses-M000 CN`,
  'train/kfold.json': '{"n_splits": 2,\t"subset_name": "validation"}',
  'train/train_splits-2/split-0/AD.tsv': `${HEADER}\nsub-1 ses-M000 AD`,
};

test('writes an old tree as a new one', async () => {
  const target = treeOf({});
  const { result, codes } = await runJob(adapt({ old: treeOf(OLD), target }));
  expect(codes).toEqual([]);
  expect(result).toEqual(await listPaths(target));
  expect((await listPaths(target)).sort()).toEqual([
    'labels.tsv',
    'labels_baseline.tsv',
    'split/2_fold/split-0/train.tsv',
    'split/test_baseline.tsv',
    'split/train.tsv',
  ]);
  expect(await readText(target, 'labels.tsv')).toBe(
    'participant_id\tsession_id\tdiagnosis\n' +
      'sub-1\tses-M000\tAD\nsub-1\tses-M012\tAD\nsub-2\tses-M000\tCN\n',
  );
});

test('takes the wanted labels alone', async () => {
  const target = treeOf({});
  await runJob(adapt({ old: treeOf(OLD), target, labels: ['CN'] }));
  expect(await readText(target, 'labels.tsv')).not.toContain('AD');
});

test('refuses a folder that is not empty, and leaves it as it is', async () => {
  const target = treeOf({ 'a.tsv': 'a' });
  const { codes } = await runJob(adapt({ old: treeOf(OLD), target }));
  expect(codes).toEqual(['FOLDER_NOT_EMPTY']);
  expect(await listPaths(target)).toEqual(['a.tsv']);
});

test.each([
  ['split.json', '{"subset_name":\t"../../up"}', 'ADAPT_TREE'],
  ['split.json', '{"other":\t1}', 'ADAPT_TREE'],
  ['split.json', '[]\t', 'ADAPT_TREE'],
  ['split.json', '{"subset_name"\t', 'FILE_UNREADABLE'],
  ['kfold.json', '{"subset_name": "validation",\t"n_splits": 1e9}', 'ADAPT_TREE'],
  ['kfold.json', '{"subset_name": "validation",\t"n_splits": "5"}', 'ADAPT_TREE'],
  ['AD.tsv', `${HEADER}\nsub-1 ses-M000 AD\nsub-1 ses-M000 AD`, 'TSV_DUPLICATE_ROW'],
])('writes nothing when %s is %s', async (path, text, code) => {
  const target = treeOf({});
  const { codes } = await runJob(adapt({ old: treeOf({ ...OLD, [path]: text }), target }));
  expect(codes).toEqual([code]);
  expect(await listPaths(target)).toEqual([]);
});
