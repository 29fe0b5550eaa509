/** Loading threads as the command line starts them: the program is bundled here, as the build does. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { collectBytes, streamChunks } from '../src/core/files/content.ts';
import { MemoryTree } from '../src/core/files/memory-tree.ts';
import { needFile } from '../src/core/files/read.ts';
import { zipStream } from '../src/core/files/write-zip.ts';
import { openZip } from '../src/core/files/zip-tree.ts';
import { partsOf, type Recipe } from '../src/jobs/data/recipe.ts';
import {
  bitsOf,
  expectedBits,
  placeOf,
  recipes,
  writeVolume,
} from '../src/jobs/data/testing/volumes.ts';
import { VolumeStore, type Loading } from '../src/jobs/data/volume-store.ts';
import { DiskTree } from '../src/platform/node/disk-tree.ts';
import { nodeLoading } from '../src/platform/node/loading.ts';

let root: string;
let program: URL;
let tree: DiskTree;
const NUMBERS = [1, 2, 3, 4];
const PLACES = NUMBERS.map(placeOf);
const image = recipes()[0]?.recipe as Recipe;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'capsule-loader-'));
  await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    ssr: { noExternal: true },
    build: {
      ssr: fileURLToPath(new URL('./loader-worker.ts', import.meta.url)),
      outDir: join(root, 'program'),
      rollupOptions: { output: { entryFileNames: 'loader-worker.mjs' } },
    },
  });
  program = pathToFileURL(join(root, 'program', 'loader-worker.mjs'));
  tree = new DiskTree(join(root, 'caps'));
  for (const number of NUMBERS) await writeVolume(tree, number);
});
afterAll(() => rm(root, { recursive: true }));

const open: VolumeStore[] = [];
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
});

/** @param budget - bytes that memory holds; all volumes when absent */
function storeOf(change: Partial<Loading> = {}, budget = 1e9, caps: DiskTree = tree): VolumeStore {
  const store = new VolumeStore(caps, {
    budget,
    loading: { ...nodeLoading(program), threads: 2, ...change },
  });
  open.push(store);
  return store;
}

async function bitsFrom(store: VolumeStore, recipe: Recipe): Promise<number[][][]> {
  const parts = Array.from({ length: partsOf(recipe) }, (_, part) => part);
  return Promise.all(
    PLACES.map((place) =>
      Promise.all(parts.map(async (part) => bitsOf((await store.load(recipe, place, part)).data))),
    ),
  );
}

const rightBits = (recipe: Recipe): Promise<number[][][]> =>
  Promise.all(NUMBERS.map((number) => expectedBits(tree, number, recipe)));

test.each(recipes())('threads give the same bits: $name', async ({ recipe }) => {
  const expected = await rightBits(recipe);
  const memory = storeOf();
  expect(await memory.expect(PLACES)).toBeUndefined();
  expect(await bitsFrom(memory, recipe)).toEqual(expected);
  expect(await bitsFrom(memory, recipe)).toEqual(expected);
});

test('also with a cache on the disk, which another session finds again', async () => {
  const cache = { folder: join(root, 'cache'), budget: 1e6 };
  const expected = await rightBits(image);
  for (let i = 0; i < 2; i++) {
    const store = storeOf({ cache }, 0);
    await store.expect(PLACES);
    for (const place of PLACES) await store.inspect(place);
    expect(await bitsFrom(store, image)).toEqual(expected);
    await store.close();
  }
  const { entries } = await nodeLoading(program).openCache(cache);
  expect(await entries()).toHaveLength(NUMBERS.length);
});

test('problems arrive with participant, session and file', async () => {
  const caps = new DiskTree(join(root, 'odd'));
  await writeVolume(caps, 1, () => 7);
  const whole = await (await needFile(tree, placeOf(2).path)).bytes();
  await caps.write(placeOf(2).path, whole.slice(0, 100));
  const store = storeOf({}, 1e9, caps);
  await store.expect([placeOf(1), placeOf(2)]);
  const where = (number: number) => ({
    ...{ participant: `sub-${number}`, session: 'ses-M000', file: placeOf(number).path },
  });
  expect((await store.load(image, placeOf(1), 0)).problems).toMatchObject([
    { code: 'VOLUME_CONSTANT', ...where(1), found: '990 voxels of 7 intensity' },
  ]);
  await expect(store.load(image, placeOf(2), 0)).rejects.toMatchObject({
    problem: { code: 'NIFTI_GZIP', ...where(2) },
  });
  await expect(store.inspect(placeOf(2))).rejects.toMatchObject({ code: 'NIFTI_GZIP' });
  await expect(store.load(image, placeOf(3), 0)).rejects.toMatchObject({
    problem: { code: 'FILE_NOT_FOUND', ...where(3) },
  });
});

test('what is cancelled is not loaded, and later loads work', async () => {
  const store = storeOf({ threads: 1 });
  await store.expect(PLACES);
  const stop = new AbortController();
  const loads = [...PLACES, ...PLACES].map((place) => store.load(image, place, 0, stop.signal));
  stop.abort();
  const codes = (await Promise.allSettled(loads)).map((result) =>
    result.status === 'rejected' ? (result.reason as { code: string }).code : 'loaded',
  );
  expect(codes.filter((code) => code === 'CANCELLED').length).toBeGreaterThanOrEqual(6);
  const { data } = await store.load(image, placeOf(1), 0);
  expect(bitsOf(data)).toEqual((await expectedBits(tree, 1, image))[0]);
});

test('closing ends the threads and leaves nobody waiting', async () => {
  let running = 0;
  const { startThread } = nodeLoading(program);
  const store = storeOf({
    startThread() {
      const thread = startThread();
      running += 1;
      return { ...thread, end: () => thread.end().finally(() => (running -= 1)) };
    },
  });
  await store.expect(PLACES);
  expect(running).toBe(2);
  const loads = Promise.allSettled(PLACES.map((place) => store.load(image, place, 0)));
  await store.close();
  expect(running).toBe(0);
  expect(await loads).toHaveLength(PLACES.length);
});

test('threads that do not start are said in a line, and this one reads', async () => {
  const broken = join(root, 'broken.mjs');
  await writeFile(broken, 'throw new Error("too old");');
  const store = storeOf(nodeLoading(pathToFileURL(broken)));
  expect(await store.expect(PLACES)).toMatch(/No thread .* \(too old\)/);
  expect(await store.expect(PLACES)).toBeUndefined();
  expect(await bitsFrom(store, image)).toEqual(await rightBits(image));
});

test('threads that break off are replaced by this one, which is told once', async () => {
  const fragile = join(root, 'program', 'fragile.mjs');
  await writeFile(
    fragile,
    `import { parentPort } from 'node:worker_threads';
    import './loader-worker.mjs';
    let loads = 0;
    parentPort.on('message', (message) => {
      if (message.path?.[0] === 'load' && ++loads === 2) throw new Error('out of memory');
    });`,
  );
  const store = storeOf({ ...nodeLoading(pathToFileURL(fragile)), threads: 2 });
  await store.expect(PLACES);
  const loaded = await Promise.all(
    [...PLACES, ...PLACES].map((place) => store.load(image, place, 0)),
  );
  const expected = (await rightBits(image)).map(([whole]) => whole);
  expect(loaded.map(({ data }) => bitsOf(data))).toEqual([...expected, ...expected]);
  expect(loaded.flatMap(({ problems }) => problems)).toMatchObject([
    { code: 'LOADER_GONE', severity: 'note', found: 'out of memory' },
  ]);
});

test('archives and trees in memory are read here, without a word', async () => {
  const memory = new MemoryTree('caps');
  for (const number of NUMBERS) {
    const file = await needFile(tree, placeOf(number).path);
    await memory.write(placeOf(number).path, await file.bytes());
  }
  const packed = await collectBytes(streamChunks(zipStream(memory)));
  const startThread = (): never => {
    throw new Error('not for these');
  };
  for (const caps of [memory, await openZip('caps.zip', new Blob([packed]))]) {
    const store = new VolumeStore(caps, {
      loading: { ...nodeLoading(program), threads: 2, startThread },
    });
    expect(await store.expect(PLACES)).toBeUndefined();
    expect(await bitsFrom(store, image)).toEqual(await rightBits(image));
    await store.close();
  }
});
