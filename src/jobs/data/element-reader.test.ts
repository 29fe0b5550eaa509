import { beforeEach, describe, expect, test } from 'vitest';
import { CapsuleError } from '../../core/errors.ts';
import type { SourceFile } from '../../core/files/file-tree.ts';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { needFile } from '../../core/files/read.ts';
import { ElementReader } from './element-reader.ts';
import { partsOf, type Recipe } from './recipe.ts';
import { MemoryCache } from './testing/memory-cache.ts';
import { bitsOf, expectedBits, placeOf, recipes, writeVolume } from './testing/volumes.ts';
import { VolumeCache } from './volume-cache.ts';

let tree: MemoryTree;
let cache: MemoryCache;
/** Files that were read, and how. */
let reads: string[];
/** When files last changed, as a disk would say it. */
let time: number;

beforeEach(() => {
  tree = new MemoryTree();
  cache = new MemoryCache();
  reads = [];
  time = 1;
});

async function fileOf(number: number): Promise<SourceFile> {
  const file = await needFile(tree, placeOf(number).path);
  const told = <Result>(what: string, result: Result): Result => {
    reads.push(`${what} ${number}`);
    return result;
  };
  return {
    ...file,
    modified: () => Promise.resolve(time),
    stream: () => told('stream', file.stream()),
    bytes: (start, end) => told('bytes', file.bytes(start, end)),
  };
}

/** A session of its own: budget 0 holds nothing, and is known to from the first volume on. */
function session(budget: number, from: MemoryCache | undefined = cache): ElementReader {
  return new ElementReader({ budget, cache: from && new VolumeCache(from) });
}

async function fullSession(from: MemoryCache | undefined = cache): Promise<ElementReader> {
  const reader = session(0, from);
  await reader.inspect(placeOf(1), await needFile(tree, placeOf(1).path));
  return reader;
}

async function allBits(reader: ElementReader, number: number, recipe: Recipe): Promise<number[][]> {
  const file = await fileOf(number);
  const parts = Array.from({ length: partsOf(recipe) }, (_, part) => part);
  const loaded = await Promise.all(
    parts.map((part) => reader.load(recipe, placeOf(number), file, part)),
  );
  await reader.settle();
  return loaded.map(({ data }) => bitsOf(data));
}

const image = recipes()[0]?.recipe as Recipe;

describe('the same bits', () => {
  test.each(recipes())(
    'cold, from memory, into and out of the cache: $name',
    async ({ recipe }) => {
      await writeVolume(tree, 1);
      const expected = await expectedBits(tree, 1, recipe);
      expect(await allBits(await fullSession(undefined), 1, recipe)).toEqual(expected);
      const memory = session(1e9, undefined);
      expect(await allBits(memory, 1, recipe)).toEqual(expected);
      // What was given away is the caller's: memory still has the volume as it was.
      expect(await allBits(memory, 1, recipe)).toEqual(expected);
      const caching = await fullSession();
      expect(await allBits(caching, 1, recipe)).toEqual(expected);
      expect(cache.files.size).toBe(1);
      expect(await allBits(caching, 1, recipe)).toEqual(expected);
      reads = [];
      expect(await allBits(await fullSession(), 1, recipe)).toEqual(expected);
      expect(reads).not.toContain('stream 1');
    },
  );

  test('whole numbers are stored as halves and come back as they were', async () => {
    await writeVolume(tree, 1, (voxel) => voxel % 2000);
    const stored = recipes()[1]?.recipe as Recipe;
    const expected = await expectedBits(tree, 1, stored);
    expect(await allBits(await fullSession(), 1, stored)).toEqual(expected);
    expect(cache.bytes).toBe(72 + 16 + 2 * 990);
    expect(await allBits(await fullSession(), 1, stored)).toEqual(expected);
  });
});

test('memory holds an image as its element, and gives the volume to who looks at it', async () => {
  await writeVolume(tree, 1);
  const [normalised, stored] = [recipes()[0]?.recipe, recipes()[1]?.recipe] as [Recipe, Recipe];
  const reader = session(1e9);
  const first = await reader.load(normalised, placeOf(1), await fileOf(1), 0);
  // Of an equal recipe, as the next job makes it.
  const again = recipes()[0]?.recipe as Recipe;
  const second = await reader.load(again, placeOf(1), await fileOf(1), 0);
  expect(second.data).toEqual(first.data);
  expect(second.isHeld).toBe(true);
  expect((await reader.load(again, placeOf(1), await fileOf(1), 0)).data).toBe(second.data);
  expect(reads).toEqual(['stream 1']);
  const { data } = await reader.volume(placeOf(1), await fileOf(1));
  expect(data.length).toBe(990);
  expect(await allBits(reader, 1, stored)).toEqual(await expectedBits(tree, 1, stored));
  expect(await allBits(reader, 1, normalised)).toEqual(await expectedBits(tree, 1, normalised));
});

test('what fits into memory leaves nothing in the cache', async () => {
  await writeVolume(tree, 1);
  await writeVolume(tree, 2);
  const reader = session(1e9);
  await allBits(reader, 1, image);
  await allBits(reader, 2, image);
  expect(cache.log).toEqual([]);
  expect(reads).toEqual(['stream 1', 'stream 2']);
});

test('of a cohort that does not fit, memory keeps the first and the cache the others', async () => {
  for (const number of [1, 2, 3]) await writeVolume(tree, number);
  const reader = session(4 * 990);
  reader.expect([1, 2, 3].map((number) => placeOf(number).path));
  for (const number of [1, 2, 3]) await reader.inspect(placeOf(number), await fileOf(number));
  // Read whole until memory was full, then the header alone.
  expect(reads).toEqual(['stream 1', 'stream 2', 'stream 3']);
  for (const number of [1, 2, 3]) await allBits(reader, number, image);
  expect(cache.files.size).toBe(2);
  reads = [];
  for (const number of [3, 2, 1]) {
    expect(await allBits(reader, number, image)).toEqual(await expectedBits(tree, number, image));
  }
  expect(reads).toEqual([]);
});

test('a file is hashed once a session, and again when it has changed', async () => {
  await writeVolume(tree, 1);
  await allBits(await fullSession(), 1, image);
  const reader = await fullSession();
  reads = [];
  for (let i = 0; i < 3; i++) await allBits(reader, 1, image);
  expect(reads).toEqual(['bytes 1']);

  await writeVolume(tree, 1, undefined, 99);
  time = 2;
  const expected = await expectedBits(tree, 1, image);
  expect(await allBits(reader, 1, image)).toEqual(expected);
  expect(await allBits(await fullSession(), 1, image)).toEqual(expected);
  expect(cache.files.size).toBe(2);
});

test('a file that tells no time is hashed each time', async () => {
  await writeVolume(tree, 1);
  const reader = await fullSession();
  const load = async () => {
    const file = await needFile(tree, placeOf(1).path);
    return bitsOf((await reader.load(image, placeOf(1), file, 0)).data);
  };
  await load();
  await writeVolume(tree, 1, undefined, 99);
  expect(await load()).toEqual((await expectedBits(tree, 1, image))[0]);
});

test('another recipe is another entry', async () => {
  await writeVolume(tree, 1);
  for (const { recipe } of recipes()) await allBits(await fullSession(), 1, recipe);
  expect(cache.files.size).toBe(recipes().length);
});

test('a damaged entry is made again', async () => {
  await writeVolume(tree, 1);
  await allBits(await fullSession(), 1, image);
  const [[name, entry] = ['', undefined]] = cache.files;
  const bytes = entry?.bytes as Uint8Array;
  bytes[bytes.length - 2] = (bytes[bytes.length - 2] ?? 0) ^ 1;
  expect(await allBits(await fullSession(), 1, image)).toEqual(await expectedBits(tree, 1, image));
  expect(cache.log.slice(-2)).toEqual([`remove ${name.slice(0, 4)}`, `write ${name.slice(0, 4)}`]);
});

test('a full disk is told once and stops nothing', async () => {
  await writeVolume(tree, 1);
  cache.capacity = 10;
  const reader = await fullSession();
  const expected = await expectedBits(tree, 1, image);
  const problems: string[] = [];
  for (let i = 0; i < 3; i++) {
    const loaded = await reader.load(image, placeOf(1), await fileOf(1), 0);
    await reader.settle();
    problems.push(...loaded.problems.map(({ code }) => code));
    expect(bitsOf(loaded.data)).toEqual(expected[0]);
  }
  expect(problems).toEqual(['CACHE_CLOSED']);
});

test('a constant volume says so each time, from the cache as from the file', async () => {
  await writeVolume(tree, 1, () => 4.5);
  const told = {
    ...{ code: 'VOLUME_CONSTANT', participant: 'sub-1', session: 'ses-M000' },
    ...{ file: placeOf(1).path, found: '990 voxels of 4.5 intensity' },
  };
  for (let i = 0; i < 2; i++) {
    const reader = await fullSession();
    const { data, problems } = await reader.load(image, placeOf(1), await fileOf(1), 0);
    await reader.settle();
    expect(problems).toMatchObject([told]);
    expect(data).toEqual(new Float32Array(990));
  }
  expect(cache.bytes).toBe(72 + 16);
});

test.each([true, false])('a failure says whose volume it was, with a cache: %s', async (cached) => {
  await writeVolume(tree, 1);
  const whole = await (await needFile(tree, placeOf(1).path)).bytes();
  await tree.write(placeOf(2).path, whole.slice(0, whole.length / 2));
  const reader = await fullSession(cached ? cache : undefined);
  const where = { participant: 'sub-2', session: 'ses-M000', file: placeOf(2).path };
  await expect(reader.load(image, placeOf(2), await fileOf(2), 0)).rejects.toMatchObject({
    problem: { code: 'NIFTI_GZIP', ...where },
  });
  expect(cache.files.size).toBe(0);
  const gone = () => Promise.reject(new CapsuleError('FILE_NOT_FOUND'));
  const file = { ...(await fileOf(2)), size: gone, stream: gone, bytes: gone };
  await expect(reader.load(image, placeOf(2), file, 0)).rejects.toMatchObject({
    problem: { code: 'FILE_NOT_FOUND', ...where },
  });
});
