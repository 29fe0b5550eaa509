import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listPaths } from '../../src/core/files/read.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { capsule, startCapsule } from './run-capsule.ts';

// A process that is killed in the middle of an epoch, and another one that goes on.
const REFERENCE = 'tests/fixtures/reference/synthetic';
const PLACES = [`${REFERENCE}/caps`, 'image', `${REFERENCE}/split`];
const OPTIONS = ['-a', 'Conv4_FC3', '--epochs', '2', '--batch_size', '2', '--dropout', '0.2'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capsule-resume-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Bytes of all files whose content tells no time. */
async function contents(maps: string): Promise<Map<string, string>> {
  const paths = await listPaths(new DiskTree(maps));
  const timeless = paths.filter((path) => !/\.log$|tfevents|training\.tsv$/.test(path)).sort();
  const read = timeless.map(async (path) => {
    return [path, (await readFile(join(maps, path))).toString('base64')] as const;
  });
  return new Map(await Promise.all(read));
}

/** training.tsv without its column of seconds. */
async function losses(maps: string): Promise<string[]> {
  const text = await readFile(join(maps, 'split-0/training_logs/training.tsv'), 'utf8');
  return text.split('\n').map((line) => line.replace(/^(\d+\t\d+\t)[^\t]+\t/, '$1'));
}

test('six steps, a SIGKILL and the rest are the same bits as a run without', async () => {
  const [calm, upset] = [join(folder, 'calm'), join(folder, 'upset')];
  const whole = await capsule('train', 'classification', ...PLACES, calm, ...OPTIONS);
  expect(whole.code).toBe(0);
  const args = ['train', 'classification', ...PLACES, upset, ...OPTIONS];
  const { child, says, finished } = startCapsule([...args, '--checkpoint_minutes', '0'], {
    CAPSULE_PROGRESS_SECONDS: '0',
  });
  await says('epoch 2 of 2 > Training: 3/');
  child.kill('SIGKILL');
  expect((await finished).code).toBe(null);
  const resumed = await capsule('train', 'resume', upset);
  expect(resumed.stderr).toMatch(/split-0 goes on at epoch 2, batch \d/);
  expect(resumed.code).toBe(0);
  expect(await losses(upset)).toEqual(await losses(calm));
  const [found, expected] = [await contents(upset), await contents(calm)];
  // information.log and description.log differ, and nothing else but maps.json's own folder could.
  expect([...found.keys()]).toEqual([...expected.keys()]);
  expect([...found].filter(([path, bytes]) => expected.get(path) !== bytes)).toEqual([]);
}, 300_000);

describe('refuses', () => {
  test.each([
    ['what is no MAPS', ['train', 'resume', REFERENCE], 'MAPS_NOT_MAPS'],
    ['a split that is no number', ['train', 'resume', 'x', '--split', 'one'], 'CONFIG_VALUE'],
    [
      'minutes that are none',
      ['train', 'classification', ...PLACES, 'out', '--checkpoint_minutes', 'often'],
      'CONFIG_VALUE',
    ],
  ])('%s', async (_name, args, code) => {
    const { code: status, stderr } = await capsule(...args);
    expect(status).not.toBe(0);
    expect(stderr).toContain(code);
  });
});
