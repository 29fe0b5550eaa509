/** The page's way of reading volumes: loading workers, files that cross to them, a cache in OPFS. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { CapsuleError } from '../../src/core/errors.ts';
import type { FileTree, WritableTree } from '../../src/core/files/file-tree.ts';
import { listPaths, needFile } from '../../src/core/files/read.ts';
import type { Recipe } from '../../src/jobs/data/recipe.ts';
import {
  bitsOf,
  expectedBits,
  placeOf,
  recipes,
  writeVolume,
} from '../../src/jobs/data/testing/volumes.ts';
import { VolumeStore, type Loading } from '../../src/jobs/data/volume-store.ts';
import {
  makeBrowserCache,
  openBrowserCache,
  sweepBrowserCaches,
} from '../../src/platform/browser/cache-folder.ts';
import { FileListTree } from '../../src/platform/browser/files/file-list-tree.ts';
import {
  listOpfsFolders,
  opfsFolder,
  removeOpfsFolder,
} from '../../src/platform/browser/files/opfs.ts';
import { browserPlatform } from '../../src/platform/browser/session-platform.ts';

const ROOT = 'loading-test';
const NUMBERS = [1, 2, 3];
const PLACES = NUMBERS.map(placeOf);
const image = recipes()[0]?.recipe as Recipe;
const patches = recipes()[2]?.recipe as Recipe;
let caps: WritableTree;

beforeAll(async () => {
  caps = await opfsFolder(ROOT);
  for (const number of NUMBERS) await writeVolume(caps, number);
});
afterAll(() => removeOpfsFolder(ROOT));

const open: VolumeStore[] = [];
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
});

async function storeOf(tree: FileTree, budget: number, change: Partial<Loading> = {}) {
  const loading = { ...(await browserPlatform().openLoading()), threads: 2, ...change };
  const store = new VolumeStore(tree, { budget, loading });
  open.push(store);
  return { store, loading };
}

async function bitsFrom(store: VolumeStore, recipe: Recipe, parts: number): Promise<number[][][]> {
  const numbers = Array.from({ length: parts }, (_, part) => part);
  return Promise.all(
    PLACES.map((place) =>
      Promise.all(
        numbers.map(async (part) => bitsOf((await store.load(recipe, place, part)).data)),
      ),
    ),
  );
}

const rightBits = (recipe: Recipe): Promise<number[][][]> =>
  Promise.all(NUMBERS.map((number) => expectedBits(caps, number, recipe)));

async function listed(): Promise<FileTree> {
  const files = await Promise.all(
    (await listPaths(caps)).map(async (path) => {
      const bytes = await (await needFile(caps, path)).bytes();
      return { path, file: new File([bytes], path) };
    }),
  );
  return new FileListTree('chosen', files);
}

test.each(['handles', 'files'])('workers give the same bits from %s', async (kind) => {
  const tree = kind === 'handles' ? caps : await listed();
  const { store } = await storeOf(tree, 1e9);
  expect(await store.expect(PLACES)).toBeUndefined();
  expect(await bitsFrom(store, image, 1)).toEqual(await rightBits(image));
  const expected = await rightBits(patches);
  expect(await bitsFrom(store, patches, expected[0]?.length ?? 0)).toEqual(expected);
});

test('with a cache that goes with its cohort', async () => {
  const { store, loading } = await storeOf(caps, 0);
  const folder = loading.cache?.folder ?? '';
  await store.expect(PLACES);
  for (const place of PLACES) await store.inspect(place);
  const expected = await rightBits(patches);
  for (let epoch = 0; epoch < 3; epoch++) {
    expect(await bitsFrom(store, patches, expected[0]?.length ?? 0)).toEqual(expected);
  }
  const kept = await opfsFolder(folder);
  expect((await listPaths(kept)).sort()).toHaveLength(3);
  expect((await listPaths(kept)).every((name) => /^[0-9a-f]{64}\.volume$/.test(name))).toBe(true);
  await store.empty();
  expect(await listPaths(kept)).toEqual([]);
  expect(await bitsFrom(store, patches, expected[0]?.length ?? 0)).toEqual(expected);
  await store.close();
  expect(await listOpfsFolders('cache')).not.toContain(folder.slice('cache/'.length));
});

test('sweeping removes what a closed tab left, and not what is in use', async () => {
  const own = await makeBrowserCache();
  if (own === undefined) throw new Error('no storage');
  const cache = await openBrowserCache(own.settings);
  await cache.write('a', Uint8Array.of(1));
  await (await opfsFolder('cache/left-behind')).write('b', 'x');
  await sweepBrowserCaches();
  expect(await listOpfsFolders('cache')).toEqual([own.settings.folder.slice('cache/'.length)]);
  expect(await cache.entries()).toMatchObject([{ name: 'a', bytes: 1 }]);
  await own.close();
  expect(await listOpfsFolders('cache')).toEqual([]);
});

test('a refused quota is told once, and the bits are the same', async () => {
  const { loading } = await storeOf(caps, 0);
  const full = () => Promise.reject(new CapsuleError('STORAGE_FULL'));
  const here = await storeOf(caps, 0, {
    ...{ threads: 0, cache: loading.cache },
    openCache: async (settings) => ({ ...(await openBrowserCache(settings)), write: full }),
  });
  await here.store.expect(PLACES);
  for (const place of PLACES) await here.store.inspect(place);
  const codes: string[] = [];
  for (let epoch = 0; epoch < 2; epoch++) {
    for (const [index, place] of PLACES.entries()) {
      const { data, problems } = await here.store.load(image, place, 0);
      codes.push(...problems.map(({ code }) => code));
      expect(bitsOf(data)).toEqual((await rightBits(image))[index]?.[0]);
    }
  }
  expect(codes).toEqual(['CACHE_CLOSED']);
});

test('a problem in a worker names participant, session and file', async () => {
  const whole = await (await needFile(caps, placeOf(1).path)).bytes();
  await caps.write(placeOf(9).path, whole.slice(0, 60));
  const { store } = await storeOf(caps, 1e9);
  await store.expect([placeOf(9)]);
  await expect(store.load(image, placeOf(9), 0)).rejects.toMatchObject({
    problem: {
      ...{ code: 'NIFTI_GZIP', participant: 'sub-9', session: 'ses-M000' },
      file: placeOf(9).path,
    },
  });
  await caps.remove(placeOf(9).path);
});

test('where no worker starts, this thread reads and says so', async () => {
  const { store } = await storeOf(caps, 1e9, {
    startThread: () => {
      const worker = new Worker('/no-such-worker.js', { type: 'module' });
      const failure = new Promise<never>((_, reject) => {
        worker.onerror = (event) => {
          event.preventDefault();
          reject(new Error('refused'));
        };
      });
      return { endpoint: worker, failure, end: () => worker.terminate() };
    },
  });
  expect(await store.expect(PLACES)).toContain('(refused)');
  expect(await bitsFrom(store, image, 1)).toEqual(await rightBits(image));
});
