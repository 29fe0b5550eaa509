import { afterAll, describe, expect, it, vi } from 'vitest';
import { collectBytes, streamChunks } from '../../../core/files/content.ts';
import { MemoryTree } from '../../../core/files/memory-tree.ts';
import { listPaths, readText } from '../../../core/files/read.ts';
import { describeReading, describeWriting } from '../../../core/files/testing/conformance.ts';
import { zipStream } from '../../../core/files/write-zip.ts';
import { filesHandler } from '../comlink-files.ts';
import { dropSource } from './drop.ts';
import { FileListTree, inputSource } from './file-list-tree.ts';
import { HandleTree } from './handle-tree.ts';
import { openTree } from './open-source.ts';
import { findOpfsFolder, listOpfsFolders, opfsFolder, removeOpfsFolder } from './opfs.ts';

const ROOT = 'trees-test';
let made = 0;
const fresh = (): string => `${ROOT}/${++made}`;
afterAll(() => removeOpfsFolder(ROOT));

const fileAt = (path: string, content: string): { path: string; file: File } => ({
  path,
  file: new File([content], path.split('/').at(-1) ?? ''),
});

describeWriting('origin-private file system', async () => opfsFolder(fresh()));

describeReading('list of files', async (files) => {
  const listed = Object.entries(files).map(([path, content]) => fileAt(path, content));
  return new FileListTree('chosen', listed);
});

describeReading('list of files as a worker has it', async (files) => {
  const listed = Object.entries(files).map(([path, content]) => fileAt(path, content));
  const [posted] = filesHandler.serialize({ kind: 'files', name: 'chosen', files: listed });
  return openTree(filesHandler.deserialize(posted));
});

it('of a list a file that cannot be had any more is told, and nobody waits for it', async () => {
  const gone = async (): Promise<File> => {
    throw new DOMException('no such file', 'NotFoundError');
  };
  const closed = async (): Promise<File> => {
    throw new DOMException('no leave', 'NotAllowedError');
  };
  const files = [
    { path: 'a', file: gone },
    { path: 'b', file: closed },
  ];
  const [posted] = filesHandler.serialize({ kind: 'files', name: 'chosen', files });
  const tree = await openTree(filesHandler.deserialize(posted));
  await expect(tree.file('a')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  await expect(tree.file('b')).rejects.toMatchObject({
    problem: { code: 'FOLDER_ACCESS', file: 'b', found: 'no leave' },
  });
});

describeReading('zip in the browser', async (files) => {
  const stream = zipStream(new MemoryTree('m', files));
  const blob = new Blob([await collectBytes(streamChunks(stream))]);
  return openTree({ kind: 'zip', name: 'm.zip', blob });
});

describe('folder handle', () => {
  it('lists 5,000 files without opening one', async () => {
    const path = fresh();
    await opfsFolder(path);
    const top = await (await navigator.storage.getDirectory()).getDirectoryHandle(ROOT);
    const root = await top.getDirectoryHandle(path.slice(ROOT.length + 1));
    for (let i = 0; i < 50; i++) {
      const folder = await root.getDirectoryHandle(`sub-${i}`, { create: true });
      const names = Array.from({ length: 100 }, (_, k) => `${k}.nii.gz`);
      await Promise.all(names.map((name) => folder.getFileHandle(name, { create: true })));
    }
    const opened = vi.spyOn(FileSystemFileHandle.prototype, 'getFile');
    const start = performance.now();
    expect((await listPaths(new HandleTree(root))).length).toBe(5000);
    expect(performance.now() - start).toBeLessThan(5000);
    expect(opened).not.toHaveBeenCalled();
    opened.mockRestore();
  });

  it('reads a file that was replaced since it was found', async () => {
    const tree = await opfsFolder(fresh());
    await tree.write('a', 'old');
    const file = await tree.file('a');
    await tree.write('a', 'newer');
    expect(new TextDecoder().decode(await file?.bytes())).toBe('newer');
    await tree.remove('a');
    await expect(file?.bytes()).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  it('shows the old content until the new one is complete', async () => {
    const tree = await opfsFolder(fresh());
    await tree.write('a', 'old');
    let finish: () => void = () => undefined;
    const slow = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('new'));
        finish = () => controller.close();
      },
    });
    const writing = tree.write('a', slow);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await readText(tree, 'a')).toBe('old');
    expect(await listPaths(tree)).toEqual(['a']);
    finish();
    await writing;
    expect(await readText(tree, 'a')).toBe('new');
  });
});

describe('origin-private folders', () => {
  it('are made, found, listed and removed', async () => {
    const path = fresh();
    expect(await findOpfsFolder(path)).toBeUndefined();
    expect(await listOpfsFolders(path)).toEqual([]);
    await (await opfsFolder(`${path}/b`)).write('x', '1');
    await opfsFolder(`${path}/a`);
    await (await opfsFolder(path)).write('file', '2');
    expect(await listOpfsFolders(path)).toEqual(['a', 'b']);
    expect(await listPaths(await openTree({ kind: 'opfs', path }))).toEqual(
      expect.arrayContaining(['b/x', 'file']),
    );
    await removeOpfsFolder(path);
    await removeOpfsFolder(path);
    await expect(openTree({ kind: 'opfs', path })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
  });

  it('work in a worker as well', async () => {
    const worker = new Worker(new URL('./testing/opfs-worker.ts', import.meta.url), {
      type: 'module',
    });
    const path = fresh();
    const answer = await new Promise((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.postMessage(path);
    });
    worker.terminate();
    expect(answer).toBe('written in a worker');
    expect(await readText(await opfsFolder(path), 'a/b')).toBe('written in a worker');
  });
});

describe('file input', () => {
  const chosen = (path: string): File =>
    Object.defineProperty(fileAt(path, path).file, 'webkitRelativePath', { value: path });

  it('gives the chosen folder, named and without its name in the paths', async () => {
    const source = inputSource([chosen('caps/subjects/a.nii'), chosen('caps/labels.tsv')]);
    expect(source).toMatchObject({ kind: 'files', name: 'caps' });
    const tree = source && (await openTree(source));
    expect(tree && (await listPaths(tree))).toEqual(['subjects/a.nii', 'labels.tsv']);
  });

  it('gives a zip, other files, or nothing', () => {
    expect(inputSource([new File([], 'M.ZIP')])).toMatchObject({ kind: 'zip', name: 'M.ZIP' });
    expect(inputSource([new File([], 'a'), new File([], 'b')])).toMatchObject({ kind: 'files' });
    expect(inputSource([])).toBeUndefined();
  });
});

describe('drop', () => {
  const entryOf = (name: string, below?: FileSystemEntry[]): FileSystemEntry => {
    const parts = below === undefined ? [] : [below.slice(0, 1), below.slice(1), []];
    return {
      name,
      isFile: below === undefined,
      isDirectory: below !== undefined,
      file: (resolve: (file: File) => void) => resolve(new File([name], name)),
      createReader: () => ({
        readEntries: (resolve: (part: FileSystemEntry[]) => void) => resolve(parts.shift() ?? []),
      }),
    } as unknown as FileSystemEntry;
  };
  const item = (entry: FileSystemEntry | null, handle?: FileSystemHandle) => ({
    kind: 'file',
    webkitGetAsEntry: () => entry,
    ...(handle === undefined ? {} : { getAsFileSystemHandle: async () => handle }),
  });

  it('of a folder gives its handle where the browser has handles', async () => {
    const handle = await navigator.storage.getDirectory();
    const source = await dropSource({ items: [item(entryOf('x', []), handle)] });
    expect(source).toEqual({ kind: 'handle', handle });
  });

  it('of a folder is walked where it has none, past the first part of a listing', async () => {
    const folder = entryOf('caps', [entryOf('a'), entryOf('b'), entryOf('sub', [entryOf('c')])]);
    const source = await dropSource({ items: [item(folder)] });
    expect(source).toMatchObject({ kind: 'files', name: 'caps' });
    const tree = source && (await openTree(source));
    expect(tree && (await listPaths(tree))).toEqual(['a', 'b', 'sub/c']);
    expect(tree && (await readText(tree, 'sub/c'))).toBe('c');
  });

  it('of a zip, of several things, of nothing', async () => {
    const zip = await dropSource({ items: [item(entryOf('maps.zip'))] });
    expect(zip).toMatchObject({ kind: 'zip', name: 'maps.zip' });
    const two = await dropSource({
      items: [item(entryOf('a')), item(entryOf('d', [entryOf('b')]))],
    });
    expect(two?.kind === 'files' && two.files.map(({ path }) => path)).toEqual(['a', 'd/b']);
    expect(await dropSource({ items: [] })).toBeUndefined();
    expect(await dropSource({ items: [{ ...item(null), kind: 'string' }] })).toBeUndefined();
  });
});
