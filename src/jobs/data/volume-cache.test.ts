import { expect, test } from 'vitest';
import { packEntry, type EntryKind } from './cache-entry.ts';
import { MemoryCache } from './testing/memory-cache.ts';
import { emptyCache, VolumeCache } from './volume-cache.ts';

const where = { participant: 'sub-01', session: 'ses-M000', file: 'a.nii.gz' };
const kindOf = (number: number): EntryKind => ({
  ...{ key: new Uint8Array(32).fill(number), parts: 1, copies: 1, shape: [1, 1, 25] },
});
const nameOf = (number: number) => `${number.toString(16).padStart(2, '0').repeat(32)}.volume`;
const elementOf = (number: number) => Float32Array.from({ length: 25 }, (_, at) => number + at / 3);
/** 188 bytes each: header, one row, 25 numbers. */
const entryOf = (number: number) => packEntry(kindOf(number), [{ data: elementOf(number) }]);
const SIZE = entryOf(1).length;

async function write(cache: VolumeCache, ...numbers: number[]): Promise<void> {
  for (const number of numbers) await cache.write(kindOf(number), entryOf(number));
  await cache.settle();
}

const read = async (cache: VolumeCache, number: number) =>
  (await cache.read(kindOf(number), 0, where))?.data;

test('gives what was written, and nothing for what was not', async () => {
  const folder = new MemoryCache();
  const cache = new VolumeCache(folder);
  expect(await read(cache, 1)).toBeUndefined();
  await write(cache, 1, 2);
  expect(await read(cache, 2)).toEqual(elementOf(2));
  expect(await read(cache, 3)).toBeUndefined();
  // Another session finds it again.
  expect(await read(new VolumeCache(folder), 1)).toEqual(elementOf(1));
});

test('a damaged entry is removed and can be written again', async () => {
  const folder = new MemoryCache();
  const cache = new VolumeCache(folder);
  await write(cache, 1);
  const bytes = folder.files.get(nameOf(1))?.bytes as Uint8Array;
  bytes[SIZE - 5] = (bytes[SIZE - 5] ?? 0) ^ 4;
  expect(await read(cache, 1)).toBeUndefined();
  expect(folder.files.size).toBe(0);
  await write(cache, 1);
  expect(await read(cache, 1)).toEqual(elementOf(1));
});

test('an entry that was removed by others is made again', async () => {
  const folder = new MemoryCache();
  const cache = new VolumeCache(folder);
  await write(cache, 1);
  expect(await read(cache, 1)).toBeDefined();
  await emptyCache(folder);
  expect(await read(cache, 1)).toBeUndefined();
  await write(cache, 1);
  expect(await read(cache, 1)).toEqual(elementOf(1));
});

test('makes room by the least recently used of earlier sessions, and touches no other file', async () => {
  const folder = new MemoryCache(4 * SIZE);
  const old = [1, 2, 3];
  for (const number of old)
    folder.files.set(nameOf(number), { bytes: entryOf(number), used: 500 - number });
  folder.files.set('notes.txt', { bytes: new Uint8Array(9999), used: 1 });
  const cache = new VolumeCache(folder);
  // Used now: 3, the oldest, stays, and 2 is the next.
  expect(await read(cache, 3)).toEqual(elementOf(3));
  await write(cache, 4);
  expect(folder.log.filter((line) => line.startsWith('remove'))).toEqual([]);
  await write(cache, 5);
  expect([...folder.files.keys()].sort()).toEqual(
    [nameOf(1), nameOf(3), nameOf(4), nameOf(5), 'notes.txt'].sort(),
  );
  await write(cache, 6);
  expect(folder.files.has(nameOf(1))).toBe(false);
  // All that is left is of this session: it stays, and the next one finds no room.
  expect(cache.wants(kindOf(7))).toBe(true);
  await write(cache, 7);
  expect(folder.files.has(nameOf(7))).toBe(false);
  expect(cache.wants(kindOf(8))).toBe(false);
  expect(await read(cache, 4)).toEqual(elementOf(4));
  expect(folder.bytes - 9999).toBeLessThanOrEqual(4 * SIZE);
  expect(cache.takeProblem()).toBeUndefined();
});

test('an entry larger than the folder removes nothing', async () => {
  const folder = new MemoryCache(SIZE - 1);
  folder.files.set(nameOf(1), { bytes: new Uint8Array(10), used: 1 });
  const cache = new VolumeCache(folder);
  await write(cache, 2);
  expect([...folder.files.keys()]).toEqual([nameOf(1)]);
});

test('a disk that is full closes it for writing, said once, and reading goes on', async () => {
  const folder = new MemoryCache();
  folder.capacity = 2 * SIZE;
  const cache = new VolumeCache(folder);
  await write(cache, 1, 2, 3, 4);
  expect(folder.log).toHaveLength(3);
  expect(cache.takeProblem()).toMatchObject({
    ...{ code: 'CACHE_CLOSED', severity: 'note', found: 'STORAGE_FULL' },
  });
  expect(cache.takeProblem()).toBeUndefined();
  expect(await read(cache, 2)).toEqual(elementOf(2));
  expect(await read(cache, 4)).toBeUndefined();
});

test('a folder that fails is no failure of who reads', async () => {
  const folder = new MemoryCache();
  const cache = new VolumeCache(folder);
  await write(cache, 1);
  folder.file = () => Promise.reject(new Error('the disk is gone'));
  expect(await read(cache, 1)).toBeUndefined();
  folder.entries = () => Promise.reject(new Error('the disk is gone'));
  const other = new VolumeCache(folder);
  await write(other, 2);
  expect(other.takeProblem()).toMatchObject({ code: 'CACHE_CLOSED' });
});

test('marks an entry of an earlier session as used, once', async () => {
  const folder = new MemoryCache();
  await write(new VolumeCache(folder), 1);
  const cache = new VolumeCache(folder);
  for (let i = 0; i < 3; i++) await read(cache, 1);
  expect(folder.log.filter((line) => line.startsWith('touch'))).toHaveLength(1);
});
