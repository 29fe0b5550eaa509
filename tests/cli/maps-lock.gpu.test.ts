import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openMaps } from '../../src/core/maps/reader.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { capsule, startCapsule } from './run-capsule.ts';

// Two processes and one MAPS; and what is left of the lock however a process ends.
const REFERENCE = 'tests/fixtures/reference/synthetic';
const PLACES = [`${REFERENCE}/caps`, 'image', `${REFERENCE}/split`];
const OPTIONS = ['-a', 'Conv4_FC3', '--epochs', '5', '--batch_size', '2'];

let folder: string;
let maps: string;
let lock: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capsule-writers-'));
  maps = join(folder, 'maps');
  lock = join(maps, '.capsule-lock');
});
afterAll(() => rm(folder, { recursive: true }));

test('one process writes, others are refused, and the lock goes with its owner', async () => {
  const args = ['train', 'classification', ...PLACES, maps, ...OPTIONS];
  const first = startCapsule([...args, '--checkpoint_minutes', '0']);
  await first.says('GPU memory needed');
  const { started } = JSON.parse(await readFile(lock, 'utf8')) as { started: string };
  const others = [args, ['train', 'resume', maps]].map((second) => capsule(...second));
  for (const { code, stderr } of await Promise.all(others)) {
    expect(stderr).toContain('MAPS_IN_USE: Another run writes into this MAPS.');
    expect(stderr).toContain(`process ${first.child.pid} on ${hostname()}, since ${started}`);
    expect(code).toBe(2);
  }
  // Ctrl+C: the work ends, and the lock with it.
  first.child.kill('SIGINT');
  expect((await first.finished).code).toBe(130);
  expect(existsSync(lock)).toBe(false);

  // Ctrl+C twice: the process ends at once.
  const again = startCapsule(['train', 'resume', maps]);
  await again.says('goes on at epoch');
  expect(existsSync(lock)).toBe(true);
  again.child.kill('SIGINT');
  await again.says('press Ctrl+C again');
  again.child.kill('SIGINT');
  expect((await again.finished).code).toBe(130);
  expect(existsSync(lock)).toBe(false);

  // Killed: the lock stays, and is of nobody.
  const killed = startCapsule(['train', 'resume', maps]);
  await killed.says('goes on at epoch');
  killed.child.kill('SIGKILL');
  await killed.finished;
  expect(existsSync(lock)).toBe(true);
  const last = await capsule('train', 'resume', maps);
  expect(last.stderr).toContain('goes on at epoch');
  expect(last.code).toBe(0);
  expect(existsSync(lock)).toBe(false);
  expect((await openMaps(new DiskTree(maps))).wholeSplits()).toHaveLength(1);
}, 300_000);

test('what is refused before anything was written leaves no folder', async () => {
  const output = join(folder, 'new', 'maps');
  const { code, stderr } = await capsule(
    ...['train', 'classification', ...PLACES, output, ...OPTIONS],
    ...['--selection_metrics', 'R2_score'],
  );
  expect(stderr).toContain('SELECTION_METRIC');
  expect(code).toBe(2);
  expect(existsSync(join(folder, 'new'))).toBe(false);
});
