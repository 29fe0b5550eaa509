import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeCacheSettings, openNodeCache } from './cache-folder.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'capsule-cache-'));
});
afterEach(() => rm(root, { recursive: true }));

const settings = () => ({ folder: join(root, 'capsule', 'volumes'), budget: 100 });
const bytes = Uint8Array.of(1, 2, 3);

test('is made for its owner alone, and keeps what is written to it', async () => {
  const cache = await openNodeCache(settings());
  expect(cache.budget).toBe(100);
  expect((await openNodeCache({ ...settings(), budget: Infinity })).budget).toBeLessThan(1e15);
  if (process.platform !== 'win32') {
    expect((await stat(settings().folder)).mode & 0o777).toBe(0o700);
  }
  await cache.write('a', bytes);
  expect(await (await cache.file('a'))?.bytes()).toEqual(bytes);
  expect(await cache.entries()).toMatchObject([{ name: 'a', bytes: 3 }]);
  expect(await readdir(settings().folder)).toEqual(['a']);
  await cache.remove('a');
  await cache.remove('a');
  expect(await cache.file('a')).toBeUndefined();
});

test('a use is seen by every program that shares the folder', async () => {
  const early = await openNodeCache(settings());
  await early.write('a', bytes);
  const past = new Date(2020, 1, 1);
  await utimes(join(settings().folder, 'a'), past, past);
  const cache = await openNodeCache(settings());
  expect((await cache.entries())[0]?.used).toBe(past.getTime());
  await cache.touch('a');
  expect((await early.entries())[0]?.used).toBeGreaterThanOrEqual(cache.opened);
});

test('removes what a killed program left half-written, and not what another writes now', async () => {
  const { folder } = settings();
  await mkdir(folder, { recursive: true });
  for (const name of ['.old.capsule-part', '.new.capsule-part']) {
    await writeFile(join(folder, name), bytes);
  }
  const past = new Date(2020, 1, 1);
  await utimes(join(folder, '.old.capsule-part'), past, past);
  const cache = await openNodeCache(settings());
  expect(await readdir(folder)).toEqual(['.new.capsule-part']);
  expect(await cache.entries()).toEqual([]);
});

test('a folder that cannot be made is refused with a code', async () => {
  await writeFile(join(root, 'capsule'), 'a file');
  await expect(openNodeCache(settings())).rejects.toMatchObject({
    problem: { code: expect.stringMatching(/^FILE_/) },
  });
});

test('stands where the XDG rules put it', () => {
  const before = process.env['XDG_CACHE_HOME'];
  try {
    process.env['XDG_CACHE_HOME'] = '/somewhere';
    expect(nodeCacheSettings().folder).toBe(join('/somewhere', 'capsule', 'volumes'));
    for (const unset of ['', 'relative/path']) {
      process.env['XDG_CACHE_HOME'] = unset;
      expect(nodeCacheSettings().folder).toMatch(/\.cache.capsule.volumes$/);
    }
    expect(nodeCacheSettings('/mine')).toEqual({ folder: '/mine', budget: 20e9 });
  } finally {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
  }
});
