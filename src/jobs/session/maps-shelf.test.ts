import { beforeEach, expect, test } from 'vitest';
import { Hold } from '../../core/files/hold.ts';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import type { WritableTree } from '../../core/files/file-tree.ts';
import { listPaths } from '../../core/files/read.ts';
import { CapsuleError } from '../../core/errors.ts';
import { smallMaps } from '../../core/maps/testing/reference.ts';
import { MapsWriter } from '../../core/maps/writer.ts';
import { findInterrupted, keepRecord } from './interrupted.ts';
import { newMaps } from './maps-shelf.ts';
import type { SessionPlatform } from './platform.ts';

// Two tabs and one storage: what one of them writes, the other one leaves alone.
let storage: Map<string, MemoryTree>;
let locks: Set<string>;
beforeEach(() => {
  storage = new Map();
  locks = new Set();
});

function treeOf(path: string): WritableTree {
  const files = storage.get(path) ?? new MemoryTree(path.slice(path.lastIndexOf('/') + 1));
  storage.set(path, files);
  const hold = new Hold(async () => {
    if (locks.has(path)) throw new CapsuleError('MAPS_IN_USE', { file: path });
    locks.add(path);
    return async () => void locks.delete(path);
  });
  return {
    name: files.name,
    paths: (folder) => files.paths(folder),
    file: (file) => files.file(file),
    write: (file, content) => files.write(file, content),
    remove: (file) => files.remove(file),
    lock: () => hold.take(),
  };
}

/** Of a tab. */
function tab(): SessionPlatform {
  const missing = () => Promise.reject(new Error('not needed here'));
  return {
    ...{ gpu: undefined, gpuRemark: '', runtime: 'test', baseBrain: missing, openTree: missing },
    clock: { now: () => 0, elapsed: () => 0 },
    workspace: async (path) => treeOf(path),
    workspaceFolders: async (path) =>
      [...storage.keys()].flatMap((key) =>
        key.startsWith(`${path}/`) ? [key.slice(path.length + 1)] : [],
      ),
    removeWorkspace: async (path) => void storage.delete(path),
  };
}

const record = {
  ...{ cohort: 'caps', isSample: true, preprocessing: 'p', splits: [0], leakage: '{}' },
  ...{ iKnow: false, test: [] },
};

test('an unfinished MAPS goes when the next one is made, unless a tab writes into it', async () => {
  const [one, other] = [tab(), tab()];
  const first = await newMaps(one, 'diagnosis');
  await first.maps.write('environment.txt', 'x');
  const second = await newMaps(other, 'diagnosis');
  expect([first.maps.name, second.maps.name]).toEqual(['maps-1-diagnosis', 'maps-2-diagnosis']);
  expect(await listPaths(first.maps)).toEqual(['environment.txt']);
  await first.release();
  await second.release();
  const third = await newMaps(other, 'diagnosis');
  expect([...storage.keys()]).toEqual(['maps/maps-1-diagnosis']);
  expect(await listPaths(third.maps)).toEqual([]);
});

test('two tabs that begin at once have a folder each', async () => {
  const made = await Promise.all([newMaps(tab(), 'age'), newMaps(tab(), 'age')]);
  expect(new Set(made.map(({ maps }) => maps.name)).size).toBe(2);
});

test('a training that runs in another tab is not called interrupted', async () => {
  const [one, other] = [tab(), tab()];
  const { maps, release } = await newMaps(one, 'diagnosis');
  await MapsWriter.create(maps, smallMaps(1));
  await keepRecord(one, maps.name, record);
  const found = async (inUse?: boolean) => (await findInterrupted(other, inUse))?.tree.name;
  expect(await found()).toBeUndefined();
  expect(await found(true)).toBe(maps.name);
  await release();
  expect(await found()).toBe(maps.name);
});
