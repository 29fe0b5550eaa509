/**
 * A storage that is full at some moment of a training and has room later: the training goes on or
 * stops with a reason, and what it leaves in the end is, byte for byte, what a training leaves that
 * always had room.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { follow } from '../../tests/support/follow.ts';
import { openTestDevice } from '../../tests/support/gpu.ts';
import { tinyCaps, tinyParticipants } from '../../tests/support/tiny-caps.ts';
import { MemoryTree } from '../core/files/memory-tree.ts';
import { listPaths, needFile } from '../core/files/read.ts';
import { FullTree } from '../core/files/testing/full-tree.ts';
import type { EngineDevice } from '../engine/device/engine-device.ts';
import { currentDevice } from '../engine/device/tfjs-backend.ts';
import { planNetwork } from '../engine/networks/registry.ts';
import type { JobEvent } from './events.ts';
import { resume } from './resume.ts';
import { storageNeeded } from './training/storage-room.ts';
import { TinyTrainings } from './training/testing/tiny-training.ts';

const people = tinyParticipants(12);
const clock = { now: () => 1_795_414_813_000, elapsed: () => 0 };
const given = {
  ...{ epochs: 2, batch_size: 2, dropout: 0.3, patience: 3, adaptive_learning_rate: true },
  selection_metrics: ['loss', 'BA'],
} as const;

let device: EngineDevice;
let caps: MemoryTree;
let trainings: TinyTrainings;
let calm: Map<string, string>;
/** Bytes that a training writes in all, and those that stand in its MAPS at most. */
let written: number;
let most = 0;
beforeAll(async () => {
  device = await openTestDevice();
  caps = await tinyCaps(people);
  trainings = new TinyTrainings(device, caps, people);
  const memory = new MemoryTree('maps');
  const tree = new FullTree(memory, Infinity);
  const write = tree.write.bind(tree);
  tree.write = async (path, content) => {
    await write(path, content);
    most = Math.max(most, await sizeOf(memory));
  };
  await train(tree);
  calm = await contents(memory);
  written = tree.asked;
});
afterAll(() => device.close());

async function contents(tree: MemoryTree): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  for (const path of (await listPaths(tree)).sort()) {
    const bytes = await (await needFile(tree, path)).bytes();
    all.set(path, Buffer.from(bytes).toString('base64'));
  }
  return all;
}

async function sizeOf(tree: MemoryTree): Promise<number> {
  let sum = 0;
  for (const path of await listPaths(tree)) sum += await (await needFile(tree, path)).size();
  return sum;
}

function train(maps: FullTree, onEvent: (event: JobEvent) => void = () => undefined) {
  const request = { maps, checkpointSeconds: 0 };
  return trainings.run('classification', { given, request, onEvent });
}

function goOn(maps: FullTree, onEvent?: (event: JobEvent) => void) {
  const job = resume(
    { maps, caps, capsDirectory: 'caps', splits: [], checkpointSeconds: 0 },
    { device, clock, signal: new AbortController().signal },
  );
  return follow(job, onEvent);
}

const codes = (events: readonly JobEvent[]) =>
  events.flatMap((event) => (event.kind === 'problem' ? [event.problem.code] : []));

describe('full after some of its bytes', () => {
  test.each([0.0005, 0.1, 0.37, 0.8, 0.97])('%d of them', async (share) => {
    const memory = new MemoryTree('maps');
    const tree = new FullTree(memory, Math.round(share * written));
    const outcome = await train(tree).then(
      () => undefined,
      (error: unknown) => error,
    );
    // Something that is needed found no room, in the end.
    expect(outcome).toMatchObject({
      code: 'STORAGE_FULL',
      problem: {
        file: tree.refused.at(-1),
        expected: expect.stringMatching(/^room for [\d.]+ [kM]?B$/),
        found: '0 B free, ENOSPC',
      },
    });
    tree.heal();
    if ((await listPaths(memory)).length === 0) {
      // Not even begun: the same folder can be taken again.
      await train(tree);
    } else {
      expect(outcome).toMatchObject({
        problem: { action: expect.stringContaining('train resume') },
      });
      await goOn(tree);
    }
    expect(await contents(memory)).toEqual(calm);
  });
});

test('checkpoints that find no room are told once, and the training goes on', async () => {
  const memory = new MemoryTree('maps');
  const tree = new FullTree(memory, Infinity);
  const events: JobEvent[] = [];
  await train(tree, (event) => {
    events.push(event);
    if (event.kind !== 'batch' || event.epoch !== 0) return;
    if (event.iteration === 0) tree.heal(0);
    if (event.iteration === 2) tree.heal();
  });
  expect(codes(events)).toEqual(['STORAGE_UNSAVED']);
  expect(events.filter(({ kind }) => kind === 'log').at(-1)).toMatchObject({
    message: expect.stringContaining('saved again'),
  });
  expect(await contents(memory)).toEqual(calm);
});

test('with room for models alone it trains to its end, unsaved; a lost device costs epochs only', async () => {
  const memory = new MemoryTree('maps');
  const tree = new FullTree(memory, Infinity);
  const write = tree.write.bind(tree);
  tree.write = async (path, content) => {
    // The first checkpoint of all has room.
    const isFirst = (await listPaths(memory, 'split-0/tmp')).length < 3;
    if (path.includes('/tmp/') && !isFirst) tree.heal(0);
    await write(path, content).finally(() => tree.heal());
  };
  const events: JobEvent[] = [];
  let isLost = false;
  await train(tree, (event) => {
    events.push(event);
    if (event.kind !== 'batch' || event.epoch !== 1 || event.iteration !== 2 || isLost) return;
    isLost = true;
    currentDevice().destroy();
  });
  expect(codes(events)).toEqual(['STORAGE_UNSAVED', 'GPU_RECOVERED']);
  expect(events.find(({ kind }) => kind === 'restart')).toMatchObject({ epoch: 0, batches: 1 });
  expect(await contents(memory)).toEqual(calm);
});

test('the room that is asked for is the room that is taken', async () => {
  const plan = planNetwork('Conv4_FC3', [1, 36, 18, 17], 2, 0.3);
  const config = { ...given, optimizer: 'Adam', save_all_models: false } as const;
  const needed = storageNeeded({ config: config as never, plan, splits: 1, networks: 1 });
  expect(most).toBeLessThan(needed);
  expect(most).toBeGreaterThan(0.8 * needed);
});

test('says before the training that there may be too little room', async () => {
  const events: JobEvent[] = [];
  const tree = new FullTree(new MemoryTree('maps'), Math.round(most / 2));
  await train(tree, (event) => events.push(event)).catch(() => undefined);
  const first = events.find((event) => event.kind === 'problem');
  expect(first).toMatchObject({ problem: { code: 'STORAGE_SHORT', file: 'maps' } });
  const batch = events.findIndex(({ kind }) => kind === 'batch');
  expect(events.indexOf(first as JobEvent)).toBeLessThan(batch);
});
