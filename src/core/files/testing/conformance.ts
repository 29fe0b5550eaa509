/**
 * What every tree has to do, as tests: run against each implementation, in Node and in browsers.
 * `describeReading` is for all trees, `describeWriting` for those that write as well.
 */
import { describe, expect, it } from 'vitest';
import { collectBytes, streamChunks } from '../content.ts';
import type { FileTree, WritableTree } from '../file-tree.ts';
import { listPaths, readJson, readText } from '../read.ts';

/** Content by path: nested folders, an empty file, names outside ASCII. */
export const SAMPLE: Readonly<Record<string, string>> = {
  'maps.json': '{"architecture": "default"}',
  'split-0/training.tsv': 'epoch\titeration\n0\t1\n',
  'split-0/best-loss/empty.log': '',
  'split-0/best-loss/model.txt': 'weights '.repeat(40_000),
  'split-01/other.txt': 'a folder whose name starts like another',
  'participants/Zoë ö 日本.txt': 'ü',
};

const UNSAFE = [
  '',
  '/etc/passwd',
  '../up.txt',
  'a/../../b',
  'a\\b',
  'C:/x',
  'a//b',
  'a\u0000b',
  './a',
];

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** @param make - a tree that holds exactly `files`. */
export function describeReading(
  label: string,
  make: (files: Readonly<Record<string, string>>) => Promise<FileTree>,
): void {
  describe(`${label}: reading`, () => {
    it('lists every file with its path from the root', async () => {
      const tree = await make(SAMPLE);
      expect((await listPaths(tree)).sort()).toEqual(Object.keys(SAMPLE).sort());
    });

    it('lists a folder without its neighbours of a similar name', async () => {
      const tree = await make(SAMPLE);
      const inside = Object.keys(SAMPLE).filter((path) => path.startsWith('split-0/'));
      expect((await listPaths(tree, 'split-0')).sort()).toEqual(inside.sort());
      expect(await listPaths(tree, 'nowhere')).toEqual([]);
    });

    it('gives size, stream, whole content and ranges of each file', async () => {
      const tree = await make(SAMPLE);
      for (const [path, text] of Object.entries(SAMPLE)) {
        const file = await tree.file(path);
        const expected = bytesOf(text);
        const part = (start: number, end?: number): string => textOf(expected.slice(start, end));
        expect(file?.path).toBe(path);
        if (file === undefined) continue;
        expect(await file.size()).toBe(expected.length);
        expect(textOf(await file.bytes())).toBe(text);
        expect(textOf(await collectBytes(streamChunks(await file.stream())))).toBe(text);
        expect(textOf(await file.bytes(3, 9))).toBe(part(3, 9));
        expect(textOf(await file.bytes(5))).toBe(part(5));
        expect(textOf(await file.bytes(0, 1e9))).toBe(text);
      }
    });

    it('can leave a stream before its end', async () => {
      const file = await (await make(SAMPLE)).file('split-0/best-loss/model.txt');
      for await (const chunk of streamChunks((await file?.stream()) as never)) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      expect(await file?.size()).toBe(320_000);
    });

    it('has no file where there is none, or where there is a folder', async () => {
      const tree = await make(SAMPLE);
      expect(await tree.file('missing.txt')).toBeUndefined();
      expect(await tree.file('maps.json/below')).toBeUndefined();
      expect(await tree.file('split-0')).toBeUndefined();
      await expect(readText(tree, 'missing.txt')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    });

    it('refuses paths that leave the tree', async () => {
      const tree = await make(SAMPLE);
      for (const path of UNSAFE) {
        await expect(tree.file(path)).rejects.toMatchObject({ code: 'FILE_PATH_UNSAFE' });
      }
      await expect(listPaths(tree, '../x')).rejects.toMatchObject({ code: 'FILE_PATH_UNSAFE' });
    });

    it('reads text and JSON', async () => {
      const tree = await make(SAMPLE);
      expect(await readText(tree, 'participants/Zoë ö 日本.txt')).toBe('ü');
      expect(await readJson(tree, 'maps.json')).toEqual({ architecture: 'default' });
      await expect(readJson(tree, 'split-0/training.tsv')).rejects.toMatchObject({
        code: 'FILE_UNREADABLE',
      });
    });
  });
}

/** @param make - an empty tree. */
export function describeWriting(label: string, make: () => Promise<WritableTree>): void {
  describeReading(label, async (files) => {
    const tree = await make();
    for (const [path, text] of Object.entries(files)) await tree.write(path, text);
    return tree;
  });

  describe(`${label}: writing`, () => {
    it('writes text, bytes and streams, and replaces what was there', async () => {
      const tree = await make();
      await tree.write('a/file.bin', 'a longer text that has to go');
      await tree.write('a/file.bin', new Uint8Array([1, 2, 3]));
      expect(await (await tree.file('a/file.bin'))?.bytes()).toEqual(new Uint8Array([1, 2, 3]));
      await tree.write('a/file.bin', chunks([4], [], [5, 6]));
      expect(await (await tree.file('a/file.bin'))?.bytes()).toEqual(new Uint8Array([4, 5, 6]));
    });

    it('keeps the old content when a stream breaks off', async () => {
      const tree = await make();
      await tree.write('old.txt', 'old');
      await expect(tree.write('old.txt', broken())).rejects.toThrow('midway');
      expect(await readText(tree, 'old.txt')).toBe('old');
      expect(await listPaths(tree)).toEqual(['old.txt']);
    });

    it('leaves nothing of a new file when a stream breaks off', async () => {
      const tree = await make();
      await expect(tree.write('new.txt', broken())).rejects.toThrow('midway');
      expect(await tree.file('new.txt')).toBeUndefined();
      expect(await listPaths(tree)).toEqual([]);
    });

    it('removes files and folders, and does not mind when they are gone', async () => {
      const tree = await make();
      for (const path of ['a/1', 'a/b/2', 'ab', 'c']) await tree.write(path, path);
      await tree.remove('a');
      await tree.remove('c');
      await tree.remove('never/there');
      expect(await listPaths(tree)).toEqual(['ab']);
      await tree.write('a/again', 'x');
      expect(await readText(tree, 'a/again')).toBe('x');
    });

    it('refuses to write or remove outside', async () => {
      const tree = await make();
      for (const path of UNSAFE) {
        await expect(tree.write(path, 'x')).rejects.toMatchObject({ code: 'FILE_PATH_UNSAFE' });
        await expect(tree.remove(path)).rejects.toMatchObject({ code: 'FILE_PATH_UNSAFE' });
      }
    });

    it('does not put a file where a folder is, or the other way round', async () => {
      const tree = await make();
      await tree.write('folder/file', 'x');
      await expect(tree.write('folder', 'x')).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
      await expect(tree.write('folder/file/below', 'x')).rejects.toMatchObject({
        code: 'FILE_UNWRITABLE',
      });
      expect(await listPaths(tree)).toEqual(['folder/file']);
    });
  });
}

function chunks(...parts: number[][]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(new Uint8Array(part));
      controller.close();
    },
  });
}

function broken(): ReadableStream<Uint8Array<ArrayBuffer>> {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (sent) return controller.error(new Error('midway'));
      sent = true;
      controller.enqueue(new Uint8Array(100_000));
    },
  });
}
