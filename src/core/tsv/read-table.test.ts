import { expect, test } from 'vitest';
import { rejectedBy } from '../labels/testing/tables.ts';
import { MemoryTree } from '../files/memory-tree.ts';
import { MAX_TABLE, readNamedTable } from './read-table.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

test('reads a table and calls it as the user does', async () => {
  const tree = new MemoryTree('memory', { 'a.tsv': '\uFEFFname\r\nZoë\r\n' });
  const { table, file } = await readNamedTable(tree, 'a.tsv', '/data/a.tsv');
  expect({ ...table, file }).toEqual({ columns: ['name'], rows: [['Zoë']], file: '/data/a.tsv' });
});

test('refuses Latin-1 and UTF-16 by name', async () => {
  const latin = bytes(0x61, 0x0a, 0xeb, 0x0a);
  const utf16 = bytes(0xff, 0xfe, 0x61, 0x00, 0x0a, 0x00);
  const tree = new MemoryTree('memory', { 'latin.tsv': latin, 'utf16.tsv': utf16 });
  expect(await rejectedBy(() => readNamedTable(tree, 'latin.tsv'))).toMatchObject({
    code: 'TSV_ENCODING',
    file: 'latin.tsv',
  });
  expect(await rejectedBy(() => readNamedTable(tree, 'utf16.tsv'))).toMatchObject({
    code: 'TSV_ENCODING',
    found: 'UTF-16',
  });
});

test('refuses a file that is too large before it reads it', async () => {
  const tree = new MemoryTree('memory', { 'a.tsv': 'a\n' });
  const huge = {
    name: 'huge',
    paths: tree.paths.bind(tree),
    file: async (path: string) => ({
      path,
      size: async () => MAX_TABLE + 1,
      stream: () => Promise.reject(new Error('read')),
      bytes: () => Promise.reject(new Error('read')),
    }),
  };
  expect(await rejectedBy(() => readNamedTable(huge, 'a.tsv'))).toMatchObject({
    code: 'FILE_TOO_LARGE',
    found: String(MAX_TABLE + 1),
  });
});

test('names a file that is not there as the user does', async () => {
  const read = () => readNamedTable(new MemoryTree(), 'a.tsv', '/data/a.tsv');
  expect(await rejectedBy(read)).toMatchObject({ code: 'FILE_NOT_FOUND', file: '/data/a.tsv' });
});
