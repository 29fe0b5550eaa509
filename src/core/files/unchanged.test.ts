import { expect, test } from 'vitest';
import { CapsuleError } from '../errors.ts';
import { blobFile } from './blob-file.ts';
import { isOfFolder, unchanged } from './unchanged.ts';
import type { FileTree, Seen } from './file-tree.ts';
import { MemoryTree } from './memory-tree.ts';
import { needFile, readText } from './read.ts';
import { subTree } from './sub-tree.ts';

/** A disk of one file, which a test changes; `fault` is thrown by the browser when it is opened. */
function disk(text: string) {
  const state = { text, modified: 1_700_000_000_000, fault: '', opened: 0 };
  const getFile = async (): Promise<File> => {
    state.opened += 1;
    if (state.fault !== '') throw new DOMException('told by the browser', state.fault);
    return new File([state.text], 'a.nii', { lastModified: state.modified });
  };
  const handle = { getFile } as FileSystemFileHandle;
  const tree: FileTree = {
    name: 'study',
    async *paths() {
      yield 'sub/a.nii';
    },
    file: async (path) => blobFile(path, getFile, { kind: 'handle', handle }),
  };
  return { state, tree };
}

test('a file that stays as it was is read as often as it is wanted', async () => {
  const { tree } = disk('as it was');
  const watched = unchanged(tree);
  for (let time = 0; time < 3; time += 1) {
    expect(await readText(watched, 'sub/a.nii')).toBe('as it was');
  }
  expect(await (await needFile(watched, 'sub/a.nii')).size()).toBe(9);
});

test('another size or another date is refused, with both, until the folder is read again', async () => {
  const { state, tree } = disk('as it was');
  const watched = unchanged(tree);
  const file = await needFile(watched, 'sub/a.nii');
  state.text = 'as it is now';
  await expect(file.bytes()).rejects.toMatchObject({
    problem: {
      ...{ code: 'FILE_CHANGED', file: 'sub/a.nii' },
      expected: '9 bytes, last changed 2023-11-14 22:13:20 UTC',
      found: '12 bytes, last changed 2023-11-14 22:13:20 UTC',
    },
  });
  state.text = 'as it was';
  state.modified += 1000;
  await expect(readText(watched, 'sub/a.nii')).rejects.toMatchObject({ code: 'FILE_CHANGED' });
  await expect(file.stream()).rejects.toMatchObject({ code: 'FILE_CHANGED' });
  expect(await readText(unchanged(tree), 'sub/a.nii')).toBe('as it was');
});

test('a thread that gets the portable form refuses it as well, and opens the file no more often', async () => {
  const { state, tree } = disk('as it was');
  // Below a folder of the tree, as a CAPS in a study is.
  const { portable } = await needFile(subTree(unchanged(tree), 'sub'), 'a.nii');
  if (portable?.kind !== 'handle') throw new Error('no handle');
  const seen: Seen = { size: 9, modified: state.modified };
  expect(portable.seen).toEqual(seen);
  const there = blobFile('sub/a.nii', () => portable.handle.getFile(), portable);
  const before = state.opened;
  expect(new TextDecoder().decode(await there.bytes())).toBe('as it was');
  expect(state.opened - before).toBe(1);
  state.text = 'as it is';
  await expect(there.bytes()).rejects.toMatchObject({ code: 'FILE_CHANGED' });
});

test('what the browser refuses is told apart: no leave, gone, changed, unreadable', async () => {
  const codes = {
    NotAllowedError: 'FOLDER_ACCESS',
    NotFoundError: 'FILE_NOT_FOUND',
    NotReadableError: 'FILE_CHANGED',
    AbortError: 'FILE_UNREADABLE',
  };
  for (const [name, code] of Object.entries(codes)) {
    const { state, tree } = disk('x');
    const watched = unchanged(tree);
    await readText(watched, 'sub/a.nii');
    state.fault = name;
    const failed = readText(watched, 'sub/a.nii');
    await expect(failed).rejects.toMatchObject({ code, problem: { found: 'told by the browser' } });
    // It is not remembered: access that comes back is enough.
    state.fault = '';
    expect(await readText(watched, 'sub/a.nii')).toBe('x');
  }
});

test('a first look that fails is no memory of the file', async () => {
  const { state, tree } = disk('x');
  const watched = unchanged(tree);
  state.fault = 'NotAllowedError';
  await expect(watched.file('sub/a.nii')).rejects.toMatchObject({ code: 'FOLDER_ACCESS' });
  state.fault = '';
  expect(await readText(watched, 'sub/a.nii')).toBe('x');
});

test('files of no date, in memory or an archive, are left as they are', async () => {
  const tree = new MemoryTree('m', { a: 'x' });
  const watched = unchanged(tree);
  await tree.write('a', 'another');
  expect(await readText(watched, 'a')).toBe('another');
  expect(await watched.file('b')).toBeUndefined();
});

test('a changed file and a lost folder are no fault of one volume', () => {
  expect(isOfFolder(new CapsuleError('FILE_CHANGED'))).toBe(true);
  expect(isOfFolder(new CapsuleError('FOLDER_ACCESS'))).toBe(true);
  expect(isOfFolder(new CapsuleError('NIFTI_GZIP'))).toBe(false);
  expect(isOfFolder(new Error('other'))).toBe(false);
});
