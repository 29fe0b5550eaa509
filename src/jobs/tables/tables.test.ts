/** The commands that rewrite or describe a table of labels, on files. */
import { describe, expect, test } from 'vitest';
import { readText } from '../../core/files/read.ts';
import { analysis } from './analysis.ts';
import { getMetadata } from './get-metadata.ts';
import { getProgression } from './get-progression.ts';
import { treeOf } from './testing/labels-input.ts';
import { runJob } from './testing/run-job.ts';

const HEADER = 'participant_id session_id diagnosis';

describe('get-progression', () => {
  const choice = { horizon: 36, threeDigits: false };

  test('rewrites its table', async () => {
    const tree = treeOf({ 'a/labels.tsv': `${HEADER}\nsub-1 ses-M000 CN\nsub-1 ses-M036 AD` });
    const data = { tree, path: 'a/labels.tsv', name: 'labels.tsv' };
    const { result } = await runJob(getProgression({ data, labels: [], choice }));
    expect(result).toEqual({ s: 0, p: 1, r: 0, us: 0, uk: 1 });
    expect(await readText(tree, 'a/labels.tsv')).toBe(
      'participant_id\tsession_id\tdiagnosis\tprogression\n' +
        'sub-1\tses-M000\tCN\tp\nsub-1\tses-M036\tAD\tuk\n',
    );
  });

  test('takes a missing diagnosis from the nearest labels.tsv that has it', async () => {
    const tree = treeOf({
      'split/train.tsv': 'participant_id session_id\nsub-1 ses-M000\nsub-2 ses-M000',
      'split/labels.tsv': 'participant_id session_id age\nsub-1 ses-M000 70',
      'labels.tsv': `${HEADER}\nsub-1 ses-M000 CN`,
    });
    const at = (path: string) => ({ tree, path, name: path });
    const labels = ['gone/labels.tsv', 'split/labels.tsv', 'labels.tsv'].map(at);
    const { codes } = await runJob(getProgression({ data: at('split/train.tsv'), labels, choice }));
    expect(codes).toEqual(['METADATA_LOST', 'PROGRESSION_SINGLE']);
    expect(await readText(tree, 'split/train.tsv')).toBe(
      'participant_id\tsession_id\tdiagnosis\tprogression\nsub-1\tses-M000\tCN\tuk\n',
    );
  });

  test('leaves the table as it was when it cannot be done', async () => {
    const text = 'participant_id\tsession_id\tdiagnosis\nsub-1\tses-M000\tx\nsub-1\tses-M012\ty\n';
    const tree = treeOf({ 'labels.tsv': text });
    const data = { tree, path: 'labels.tsv', name: 'labels.tsv' };
    const { codes } = await runJob(getProgression({ data, labels: [], choice }));
    expect(codes).toEqual(['PROGRESSION_ORDER']);
    expect(await readText(tree, 'labels.tsv')).toBe(text);
  });
});

test('get-metadata rewrites its table and tells each problem once', async () => {
  const tree = treeOf({
    'labels.tsv': `${HEADER} note\nsub-1 ses-M000 CN =1+1`,
    'merged.tsv': `${HEADER} site\nsub-1 ses-M000 CN S1`,
  });
  const at = (path: string) => ({ tree, path, name: path });
  const choice = { bySession: false, threeDigits: false };
  const job = getMetadata({ data: at('labels.tsv'), merged: at('merged.tsv'), choice });
  const { result, codes } = await runJob(job);
  expect(result).toEqual({
    sessions: 1,
    columns: ['participant_id', 'session_id', 'diagnosis', 'note', 'site'],
  });
  expect(codes).toEqual(['TSV_FORMULA']);
  // The formula is kept, and nothing has run it.
  expect(await readText(tree, 'labels.tsv')).toBe(
    'participant_id\tsession_id\tdiagnosis\tnote\tsite\nsub-1\tses-M000\tCN\t=1+1\tS1\n',
  );
});

test('analysis writes its table', async () => {
  const tree = treeOf({
    'merged.tsv': `${HEADER} age sex MMS cdr_global\nsub-1 ses-M000 CN 70 F 30 0`,
    'labels.tsv': `${HEADER}\nsub-1 ses-M000 CN`,
  });
  const at = (path: string) => ({ tree, path, name: path });
  const files = { merged: at('merged.tsv'), data: at('labels.tsv'), results: at('out/a.tsv') };
  const { result, codes } = await runJob(analysis({ ...files, diagnoses: ['CN'] }));
  expect(codes).toEqual([]);
  expect(result?.rows).toHaveLength(1);
  const [header, row] = (await readText(tree, 'out/a.tsv')).split('\n');
  expect(header?.split('\t').slice(0, 3)).toEqual(['group', 'n_subjects', 'mean_age']);
  expect(row?.split('\t').slice(0, 3)).toEqual(['CN', '1.0', '70.0']);
});
