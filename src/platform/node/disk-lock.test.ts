import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openZip } from '../../core/files/zip-tree.ts';
import { listPaths } from '../../core/files/read.ts';
import { zipStream } from '../../core/files/write-zip.ts';
import { systemClock } from './clock.ts';
import { DiskTree } from './disk-tree.ts';

let root: string;
let file: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'capsule-lock-'));
  file = join(root, '.capsule-lock');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const here = hostname();

/** A lock as another process leaves it. */
async function leave(writer: object | string, minutesAgo = 0): Promise<void> {
  const text =
    typeof writer === 'string'
      ? writer
      : JSON.stringify({ id: 'other', started: '2026-11-23T07:24:49.000Z', ...writer });
  await writeFile(file, text);
  const time = new Date(systemClock.now() - 60_000 * minutesAgo);
  await utimes(file, time, time);
}

/** Of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

test('a second writer is told who writes, and since when', async () => {
  const release = await new DiskTree(root).lock();
  const { started } = JSON.parse(await readFile(file, 'utf8')) as { started: string };
  await expect(new DiskTree(root).lock()).rejects.toMatchObject({
    code: 'MAPS_IN_USE',
    problem: {
      file: root,
      found: `process ${process.pid} on ${here}, since ${started}`,
      action: expect.stringContaining(file),
    },
  });
  expect(Math.abs(Date.parse(started) - systemClock.now())).toBeLessThan(60_000);
  await release();
  await (
    await new DiskTree(root).lock()
  )();
});

test('whoever has it takes it again, and gives it back once for each time', async () => {
  const tree = new DiskTree(root);
  const [outer, inner] = [await tree.lock(), await tree.lock()];
  await inner();
  expect(existsSync(file)).toBe(true);
  await outer();
  expect(existsSync(file)).toBe(false);
});

describe('the lock of another process', () => {
  const renewed = 1;
  const silent = 6;
  test.each([
    ['that runs here', () => ({ host: here, pid: process.ppid }), renewed],
    // Stopped by Ctrl+Z, or the computer slept.
    ['that runs here and was silent for long', () => ({ host: here, pid: process.ppid }), silent],
    ['on another computer', () => ({ host: 'elsewhere', pid: deadPid() }), renewed],
    ['that has not said who it is yet', () => '', renewed],
  ])('%s is respected', async (_name, writer, minutes) => {
    await leave(writer(), minutes);
    const before = await readFile(file, 'utf8');
    await expect(new DiskTree(root).lock()).rejects.toMatchObject({ code: 'MAPS_IN_USE' });
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  test.each([
    ['that is gone', () => ({ host: here, pid: deadPid() }), renewed],
    ['that had our number, in a container', () => ({ host: here, pid: process.pid }), renewed],
    // Its number went to another program when the computer was started anew.
    ['of before the last start', () => ({ host: here, pid: process.ppid }), 60 * 24 * 365 * 20],
    ['on another computer that is silent', () => ({ host: 'elsewhere', pid: 1 }), silent],
    ['that never said who it was', () => '{"id":', silent],
  ])('%s is taken over', async (_name, writer, minutes) => {
    await leave(writer(), minutes);
    const release = await new DiskTree(root).lock();
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      host: here,
      pid: process.pid,
    });
    await release();
    expect(await readdir(root)).toEqual([]);
  });
});

test('of many who find an abandoned lock at once, one has it', async () => {
  await leave({ host: here, pid: deadPid() });
  const tries = await Promise.allSettled(
    Array.from({ length: 12 }, () => new DiskTree(root).lock()),
  );
  const won = tries.filter(({ status }) => status === 'fulfilled');
  expect(won).toHaveLength(1);
  for (const outcome of tries) {
    if (outcome.status === 'rejected')
      expect(outcome.reason).toMatchObject({ code: 'MAPS_IN_USE' });
  }
});

test('who has lost it writes nothing more, and leaves the lock of the other one alone', async () => {
  const tree = new DiskTree(root);
  const release = await tree.lock();
  await tree.write('mine.tsv', 'x');
  await leave({ host: 'elsewhere', pid: 7 });
  await expect(tree.write('late.tsv', 'x')).rejects.toMatchObject({
    code: 'MAPS_IN_USE',
    problem: { found: expect.stringContaining('process 7 on elsewhere') },
  });
  await release();
  expect(await readdir(root)).toEqual(['.capsule-lock', 'mine.tsv']);
});

test('its owner renews it every minute', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const release = await new DiskTree(root).lock();
    const past = new Date(systemClock.now() - 240_000);
    await utimes(file, past, past);
    vi.advanceTimersByTime(60_000);
    await vi.waitFor(async () =>
      expect((await stat(file)).mtimeMs).toBeGreaterThan(+past + 180_000),
    );
    await release();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test('is in no listing and in no archive', async () => {
  const tree = new DiskTree(root);
  const release = await tree.lock();
  await tree.write('maps.json', '{}');
  expect(await listPaths(tree)).toEqual(['maps.json']);
  expect(await tree.file('.capsule-lock')).toBeUndefined();
  const blob = await new Response(zipStream(tree)).blob();
  expect(await listPaths(await openZip('maps.zip', blob))).toEqual(['maps.json']);
  await release();
});

test('folders that were made for it go with it when nothing was written', async () => {
  const tree = new DiskTree(join(root, 'a/b/maps'));
  await (
    await tree.lock()
  )();
  expect(await readdir(root)).toEqual([]);
  const release = await tree.lock();
  await tree.write('maps.json', '{}');
  await release();
  expect(await readdir(join(root, 'a/b/maps'))).toEqual(['maps.json']);
});
