import type * as Disk from 'node:fs/promises';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { collectBytes, streamChunks } from '../../core/files/content.ts';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { listPaths, readText } from '../../core/files/read.ts';
import { describeReading, describeWriting } from '../../core/files/testing/conformance.ts';
import { zipStream } from '../../core/files/write-zip.ts';
import { DiskTree } from './disk-tree.ts';
import { openPath } from './open-path.ts';

const opened = vi.hoisted(() => ({ count: 0 }));
vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof Disk>();
  const open: typeof fs.open = (...args) => {
    opened.count++;
    return fs.open(...args);
  };
  return { ...fs, open };
});

const folders: string[] = [];
const folder = async (): Promise<string> => {
  const made = await mkdtemp(join(tmpdir(), 'capsule-disk-'));
  folders.push(made);
  return made;
};
afterAll(() => Promise.all(folders.map((made) => rm(made, { recursive: true }))));

describeWriting('disk', async () => new DiskTree(await folder()));

describeReading('zip on the disk', async (files) => {
  const path = join(await folder(), 'maps.zip');
  const stream = zipStream(new MemoryTree('maps', files));
  await writeFile(path, await collectBytes(streamChunks(stream)));
  return openPath(path);
});

it('leaves no temporary file and does not list one that a crash left', async () => {
  const root = await folder();
  const tree = new DiskTree(root);
  await tree.write('a.txt', 'x');
  expect(await readdir(root)).toEqual(['a.txt']);
  await writeFile(join(root, '.1234.capsule-part'), 'half');
  expect(await listPaths(tree)).toEqual(['a.txt']);
  expect(await tree.file('.1234.capsule-part')).toBeUndefined();
});

it('follows links to files and folders, but not in circles', async () => {
  const root = await folder();
  const outside = await folder();
  await writeFile(join(outside, 'scan.nii'), 'voxels');
  await symlink(join(root), join(outside, 'back'));
  await mkdir(join(root, 'sub-01'));
  await symlink(outside, join(root, 'sub-01', 'linked'));
  await symlink(join(outside, 'scan.nii'), join(root, 'one.nii'));
  await symlink(join(root, 'missing'), join(root, 'dangling'));
  await symlink(root, join(root, 'self'));
  const tree = new DiskTree(root);
  expect((await listPaths(tree)).sort()).toEqual(['one.nii', 'sub-01/linked/scan.nii']);
  expect(await readText(tree, 'sub-01/linked/scan.nii')).toBe('voxels');
});

it('lists 5,000 files without opening one', async () => {
  const root = await folder();
  for (let participant = 0; participant < 500; participant++) {
    const session = join(root, 'subjects', `sub-${participant}`, 'ses-M000');
    await mkdir(session, { recursive: true });
    await Promise.all(Array.from({ length: 10 }, (_, i) => writeFile(join(session, `${i}`), '')));
  }
  opened.count = 0;
  const start = performance.now();
  expect((await listPaths(new DiskTree(root))).length).toBe(5000);
  expect(performance.now() - start).toBeLessThan(5000);
  expect(opened.count).toBe(0);
});

it('keeps the old file when the folder refuses the new one', async () => {
  const root = await folder();
  const tree = new DiskTree(root);
  await tree.write('a', 'old');
  await writeFile(join(root, 'blocked'), '');
  await expect(tree.write('blocked/b', 'x')).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  expect(await readFile(join(root, 'a'), 'utf8')).toBe('old');
});

it('opens a folder or a zip, and says what else it found', async () => {
  const root = await folder();
  expect((await openPath(root)).name).toBe(root.split('/').at(-1));
  await writeFile(join(root, 'a.txt'), 'text');
  await expect(openPath(join(root, 'a.txt'))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  await expect(openPath(join(root, 'none'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
});

it('tells a file that went away from one that was never there', async () => {
  const tree = new DiskTree(await folder());
  await tree.write('a', 'x');
  const file = await tree.file('a');
  await tree.remove('a');
  await expect(file?.bytes()).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  await expect(file?.stream()).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
});
