import { describe, expect, it, vi } from 'vitest';
import { bytesStream, collectBytes, streamChunks } from './content.ts';
import type { SourceFile } from './file-tree.ts';
import { memoryFile, MemoryTree } from './memory-tree.ts';
import { listPaths, readText } from './read.ts';
import { rootOf } from './sub-tree.ts';
import { describeReading, SAMPLE } from './testing/conformance.ts';
import { crc32, deflateRaw, rawZip } from './testing/raw-zip.ts';
import { zipStream } from './write-zip.ts';
import { openZip } from './zip-tree.ts';

const text = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content);
const zipped = async (tree: MemoryTree, folder?: string): Promise<Blob> =>
  new Blob([
    await collectBytes(
      streamChunks(zipStream(tree, folder === undefined ? {} : { folder, date: [2024, 3, 1] })),
    ),
  ]);

describeReading('zip', async (files) =>
  openZip('maps.zip', await zipped(new MemoryTree('m', files))),
);

describe('zip', () => {
  it('opens a MAPS that is zipped with its folder', async () => {
    const blob = await zipped(new MemoryTree('m', SAMPLE), 'maps_ad');
    const root = await rootOf(await openZip('maps.zip', blob), 'maps.json');
    expect(root?.name).toBe('maps_ad');
    expect(root && (await listPaths(root)).length).toBe(Object.keys(SAMPLE).length);
  });

  it('reads only the directory on opening, and only the file that is asked for', async () => {
    const files = { 'a.pt': 'a'.repeat(2_000_000), 'b.pt': 'b'.repeat(2_000_000), 'c.txt': 'c' };
    const archive = await zipped(new MemoryTree('m', files));
    const inner = memoryFile('m.zip', new Uint8Array(await archive.arrayBuffer()));
    let read = 0;
    const counted: SourceFile = {
      ...inner,
      bytes: async (start, end) => {
        const bytes = await inner.bytes(start, end);
        read += bytes.length;
        return bytes;
      },
      stream: vi.fn(),
    };
    const tree = await openZip('m.zip', counted);
    expect(await readText(tree, 'c.txt')).toBe('c');
    expect(read).toBeLessThan(500_000);
    expect(await (await tree.file('b.pt'))?.bytes(0, 3)).toEqual(text('bbb'));
    expect(read).toBeLessThan(2_000_000);
    expect(counted.stream).not.toHaveBeenCalled();
  });

  it('lists 5,000 files quickly', async () => {
    const data = text('x');
    const blob = rawZip(Array.from({ length: 5000 }, (_, i) => ({ name: `f/${i}.tsv`, data })));
    const start = performance.now();
    expect((await listPaths(await openZip('many.zip', blob))).length).toBe(5000);
    expect(performance.now() - start).toBeLessThan(3000);
  });
});

describe('hostile zip', () => {
  const names = [
    '../evil',
    '../../evil',
    '/abs',
    'a\\..\\b',
    'C:/x',
    'a/../b',
    'a//b',
    'a\u0000',
    '..',
  ];

  it.each(names)('with the name %j is refused as unsafe', async (name) => {
    const blob = rawZip([{ name, data: text('x') }]);
    await expect(openZip('evil.zip', blob)).rejects.toMatchObject({
      code: 'FILE_PATH_UNSAFE',
      problem: { file: 'evil.zip' },
    });
  });

  it('with an unsafe folder is refused', async () => {
    const blob = rawZip([{ name: '../up/', data: text('') }]);
    await expect(openZip('z', blob)).rejects.toMatchObject({ code: 'FILE_PATH_UNSAFE' });
  });

  it.each([
    ['the same name twice', [{ name: 'a' }, { name: 'a' }]],
    ['a file that is a folder too', [{ name: 'a/b' }, { name: 'a' }]],
    ['an encrypted file', [{ name: 'a', flags: 1 }]],
    ['a symbolic link', [{ name: 'a', unixMode: 0o120777 }]],
    ['an unknown compression', [{ name: 'a', method: 12 }]],
  ])('with %s is refused', async (_, entries) => {
    const blob = rawZip(entries.map((entry) => ({ data: text('/etc/passwd'), ...entry })));
    await expect(openZip('z', blob)).rejects.toMatchObject({ code: 'ZIP_DAMAGED' });
  });

  it('with too many entries is refused', async () => {
    const blob = rawZip(Array.from({ length: 11 }, (_, i) => ({ name: `${i}`, data: text('') })));
    const limits = { entries: 10, totalBytes: 1e9, ratio: 200 };
    await expect(openZip('z', blob, limits)).rejects.toMatchObject({ code: 'ZIP_DAMAGED' });
    const all = await openZip('z', blob, { ...limits, entries: 11 });
    expect((await listPaths(all)).length).toBe(11);
  });

  it('of more than 50,000 entries is refused', async () => {
    const data = text('');
    const blob = rawZip(Array.from({ length: 50_001 }, (_, i) => ({ name: `${i}`, data })));
    await expect(openZip('z', blob)).rejects.toMatchObject({ code: 'ZIP_DAMAGED' });
  });

  it('that declares too many bytes, or too high a ratio, is refused', async () => {
    const data = await deflateRaw(new Uint8Array(1000));
    const entry = { name: 'a', data, method: 8 };
    const large = rawZip([
      { ...entry, uncompressedSize: 4e9 },
      { ...entry, name: 'b', uncompressedSize: 4e9 },
      { ...entry, name: 'c', uncompressedSize: 4e9 },
    ]);
    await expect(openZip('z', large)).rejects.toMatchObject({
      code: 'ZIP_DAMAGED',
      problem: { expected: expect.stringContaining('bytes') },
    });
    const dense = rawZip([{ ...entry, uncompressedSize: 20_000_000 }]);
    await expect(openZip('z', dense)).rejects.toMatchObject({
      code: 'ZIP_DAMAGED',
      problem: { expected: expect.stringContaining('compression') },
    });
  });

  it('that inflates to more than it declares is stopped while it inflates', async () => {
    const zeros = new Uint8Array(30_000_000);
    const blob = rawZip([
      { name: 'bomb', data: await deflateRaw(zeros), method: 8, uncompressedSize: 1000 },
    ]);
    const file = await (await openZip('z', blob)).file('bomb');
    await expect(file?.bytes()).rejects.toMatchObject({ code: 'ZIP_DAMAGED' });
    let seen = 0;
    const draining = (async () => {
      for await (const chunk of streamChunks((await file?.stream()) as never)) seen += chunk.length;
    })();
    await expect(draining).rejects.toMatchObject({ code: 'ZIP_DAMAGED' });
    expect(seen).toBeLessThanOrEqual(1000);
  });

  it('that inflates to less than it declares is refused', async () => {
    const data = text('short');
    const blob = rawZip([
      {
        name: 'a',
        data: await deflateRaw(data),
        method: 8,
        uncompressedSize: 99,
        crc32: crc32(data),
      },
    ]);
    const file = await (await openZip('z', blob)).file('a');
    await expect(file?.bytes()).rejects.toMatchObject({ code: 'ZIP_DAMAGED' });
  });

  it('with a wrong checksum or damaged data is refused on reading', async () => {
    const deflated = await deflateRaw(text('content '.repeat(1000)));
    const wrong = rawZip([
      { name: 'sum', data: text('abc'), crc32: 1 },
      { name: 'data', data: deflated.fill(255, 3, 30), method: 8, uncompressedSize: 8000 },
    ]);
    const tree = await openZip('z', wrong);
    for (const path of ['sum', 'data']) {
      await expect(readText(tree, path)).rejects.toMatchObject({ code: 'ZIP_DAMAGED' });
    }
  });

  it('that is cut anywhere is refused, at once or on reading', async () => {
    const whole = await zipped(new MemoryTree('m', { 'a.txt': 'content', 'b/c.pt': 'more' }));
    for (let length = 0; length < whole.size; length++) {
      const read = async (): Promise<void> => {
        const tree = await openZip('cut.zip', whole.slice(0, length));
        for (const path of await listPaths(tree)) await readText(tree, path);
      };
      await expect(read()).rejects.toMatchObject({ code: 'ZIP_DAMAGED' });
    }
  });

  it('with any one byte changed gives its content or a coded error', async () => {
    const whole = new Uint8Array(
      await (
        await zipped(new MemoryTree('m', { 'a.txt': 'content', 'b/c.pt': 'more' }))
      ).arrayBuffer(),
    );
    for (let at = 0; at < whole.length; at++) {
      const bytes = whole.slice();
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      try {
        const tree = await openZip('z', new Blob([bytes]));
        for (const path of await listPaths(tree)) await readText(tree, path);
      } catch (error) {
        expect(error).toMatchObject({ name: 'CapsuleError' });
        expect(['ZIP_DAMAGED', 'FILE_PATH_UNSAFE']).toContain((error as { code: string }).code);
      }
    }
  });

  it('is not made of an empty file or of something else', async () => {
    for (const content of ['', 'PK', 'hello '.repeat(100)]) {
      await expect(openZip('z', new Blob([content]))).rejects.toMatchObject({
        code: 'ZIP_DAMAGED',
      });
    }
  });
});

describe('writing a zip', () => {
  it('gives the same bytes for the same tree, whatever its order', async () => {
    const reversed = new MemoryTree('m', Object.fromEntries(Object.entries(SAMPLE).reverse()));
    const [one, two] = [await zipped(new MemoryTree('m', SAMPLE)), await zipped(reversed)];
    expect(crc32(new Uint8Array(await one.arrayBuffer()))).toBe(
      crc32(new Uint8Array(await two.arrayBuffer())),
    );
  });

  it('writes chosen paths and tells the progress', async () => {
    const onProgress = vi.fn();
    const paths = ['maps.json', 'split-01/other.txt'];
    const stream = zipStream(new MemoryTree('m', SAMPLE), { paths, onProgress });
    const tree = await openZip('z', new Blob([await collectBytes(streamChunks(stream))]));
    expect((await listPaths(tree)).sort()).toEqual(paths);
    expect(onProgress.mock.calls).toEqual([
      [{ path: 'maps.json', files: 1, fileCount: 2 }],
      [{ path: 'split-01/other.txt', files: 2, fileCount: 2 }],
    ]);
  });

  it('fails with the error of a file that cannot be read, and writes none of it whole', async () => {
    const tree = new MemoryTree('m', { a: 'x' });
    const gone = collectBytes(streamChunks(zipStream(tree, { paths: ['a', 'gone'] })));
    await expect(gone).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', problem: { file: 'gone' } });
    const target = new MemoryTree('t', { 'maps.zip': 'old' });
    await expect(
      target.write('maps.zip', zipStream(tree, { paths: ['a', 'gone'] })),
    ).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect(await readText(target, 'maps.zip')).toBe('old');
  });

  it('does not read ahead of its reader, and stops when it is left', async () => {
    let reads = 0;
    const file = (path: string): SourceFile => ({
      ...memoryFile(path, new Uint8Array(1_000_000)),
      stream: async () => {
        reads++;
        return bytesStream(new Uint8Array(1_000_000));
      },
    });
    const tree = {
      name: 'large',
      paths: async function* () {
        for (let i = 0; i < 50; i++) yield `${i}.pt`;
      },
      file: async (path: string) => file(path),
    };
    const reader = zipStream(tree).getReader();
    await reader.read();
    await reader.read();
    await reader.cancel();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(reads).toBeLessThan(5);
  });
});
