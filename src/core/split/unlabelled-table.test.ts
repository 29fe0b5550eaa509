import { expect, test } from 'vitest';
import { MemoryTree } from '../files/memory-tree.ts';
import { readUnlabelled } from './unlabelled-table.ts';

const read = (...lines: string[]) =>
  readUnlabelled(
    new MemoryTree('study', { 'a.tsv': lines.join('\n').replaceAll(' ', '\t') }),
    'a.tsv',
  );

const BOTH = [
  { participant: 'sub-a', session: 'ses-M000' },
  { participant: 'sub-b', session: 'ses-M006' },
];

test.each([
  ['a header', ['participant_id session_id', 'sub-a ses-M000', 'sub-b ses-M006', '']],
  ['none', ['sub-a ses-M000', 'sub-b ses-M006', '']],
  ['none, and other columns', ['sub-a ses-M000 AD 70', 'sub-b ses-M006 CN 71']],
  [
    'a header in another order',
    ['age session_id participant_id', '70 ses-M000 sub-a', '71 ses-M006 sub-b'],
  ],
])('reads a table with %s', async (_name, lines) => {
  expect(await read(...lines)).toEqual(BOTH);
});

test('names the line of the file, whether there is a header or not', async () => {
  await expect(read('sub-a ses-M000', 'sub-b 6')).rejects.toMatchObject({
    problem: { code: 'TSV_ID', file: 'a.tsv', row: 2 },
  });
  await expect(
    read('participant_id session_id', 'sub-a ses-M000', 'b ses-M000'),
  ).rejects.toMatchObject({
    problem: { code: 'TSV_ID', row: 3 },
  });
  await expect(read('sub-a ses-M000', 'sub-a ses-M000 ')).rejects.toThrow(/TSV_/);
});

test('refuses a table without sessions, and one that is something else', async () => {
  await expect(read('participant_id session_id')).rejects.toThrow(/SPLIT_EMPTY/);
  await expect(read('name visit', 'a b')).rejects.toThrow(/TSV_COLUMN/);
  await expect(readUnlabelled(new MemoryTree('study'), 'a.tsv')).rejects.toThrow(/FILE_NOT_FOUND/);
});
