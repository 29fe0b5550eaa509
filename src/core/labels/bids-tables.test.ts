import { expect, test } from 'vitest';
import { MemoryTree } from '../files/memory-tree.ts';
import { readBidsTables } from './bids-tables.ts';
import { codesOf, linesOf, rejectedBy, tsvOf } from './testing/tables.ts';

const image = (participant: string, session: string, suffix = 'T1w') =>
  `${participant}/${session}/anat/${participant}_${session}_${suffix}.nii.gz`;

/** @param tables - text of tables by path; images are empty files. */
function bids(tables: Readonly<Record<string, string>>, images: readonly string[]): MemoryTree {
  const texts = Object.entries(tables).map(([path, text]) => [path, tsvOf(text)] as const);
  return new MemoryTree('bids', Object.fromEntries([...texts, ...images.map((p) => [p, ''])]));
}

const LONGITUDINAL = bids(
  {
    'participants.tsv': 'participant_id sex age diagnosis\nsub-1 F 70 CN\nsub-2 M 60 AD',
    'sub-1/sub-1_sessions.tsv':
      'session_id age diagnosis MMS\nses-M000 70 CN 30\nses-M012 71 MCI .\nses-M024 72 n/a 25',
  },
  [image('sub-1', 'ses-M000'), image('sub-1', 'ses-M012', 'FLAIR'), image('sub-2', 'ses-M000')],
);

test('merges participants and sessions; what both tell is taken from the session', async () => {
  const { merged, problems } = await readBidsTables(LONGITUDINAL);
  expect(linesOf(merged)).toEqual([
    'participant_id session_id sex age diagnosis MMS',
    'sub-1 ses-M000 F 70 CN 30',
    'sub-1 ses-M012 F 71 MCI .',
    'sub-1 ses-M024 F 72 n/a 25',
    'sub-2 ses-M000 M 60 AD .',
  ]);
  expect(problems).toEqual([]);
});

test('makes a table of modalities for each session that has a folder', async () => {
  const { modalities } = await readBidsTables(LONGITUDINAL);
  expect([...modalities.keys()]).toEqual(['ses-M000', 'ses-M012']);
  expect(linesOf(modalities.get('ses-M000') ?? { columns: [], rows: [] })).toEqual([
    ...['participant_id flair t1w', 'sub-1 0 1', 'sub-2 0 1'],
  ]);
  expect(modalities.get('ses-M012')?.rows).toEqual([['sub-1', '1', '0']]);
});

test('tells who has a row without a folder, or a folder without a row', async () => {
  const tree = bids({ 'participants.tsv': 'participant_id sex\nsub-1 F\nsub-9 M' }, [
    image('sub-1', 'ses-M000'),
    image('sub-2', 'ses-M000'),
  ]);
  const { merged, problems } = await readBidsTables(tree);
  expect(problems).toMatchObject([
    { code: 'BIDS_PARTICIPANT', found: 'no folder for 1: sub-9; no row for 1: sub-2' },
  ]);
  expect(merged.rows).toEqual([
    ['sub-1', 'ses-M000', 'F'],
    ['sub-2', 'ses-M000', ''],
  ]);
});

test('does without participants.tsv when the sessions tell', async () => {
  const tables = { 'sub-1/sub-1_sessions.tsv': 'session_id diagnosis\nses-M000 CN' };
  const { merged, problems } = await readBidsTables(bids(tables, [image('sub-1', 'ses-M000')]));
  expect(linesOf(merged)).toEqual(['participant_id session_id diagnosis', 'sub-1 ses-M000 CN']);
  expect(codesOf(problems)).toEqual(['BIDS_PARTICIPANT']);
});

test('needs some table', async () => {
  const tree = bids({}, [image('sub-1', 'ses-M000')]);
  expect(await rejectedBy(() => readBidsTables(tree))).toMatchObject({
    ...{ code: 'FILE_NOT_FOUND', file: 'participants.tsv' },
  });
});

test.each([
  ['participants.tsv', 'participant_id\n01', 'TSV_ID', 2],
  ['participants.tsv', 'participant_id\nsub-1\nsub-1', 'TSV_DUPLICATE_ROW', 3],
  ['participants.tsv', 'id\nsub-1', 'TSV_COLUMN', undefined],
  ['sub-1/sub-1_sessions.tsv', 'session_id\nM000', 'TSV_ID', 2],
  ['sub-1/sub-1_sessions.tsv', 'session_id\nses-M000\nses-M000', 'TSV_DUPLICATE_ROW', 3],
  ['sub-1/sub-1_sessions.tsv', 'session\nses-M000', 'TSV_COLUMN', undefined],
])('refuses %s with "%s"', async (path, text, code, row) => {
  const tables = { 'participants.tsv': 'participant_id\nsub-1', [path]: text };
  const problem = await rejectedBy(() =>
    readBidsTables(bids(tables, [image('sub-1', 'ses-M000')])),
  );
  expect(problem).toMatchObject({ code, file: path, ...(row === undefined ? {} : { row }) });
});
