/**
 * Trainings that ClinicaDL has left unfinished: a MAPS with its `tmp/checkpoint.pth.tar` and
 * `tmp/optimizer.pth.tar`, and nothing of Capsule's own. They go on after the epoch that was saved.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { follow } from '../../tests/support/follow.ts';
import { openTestDevice } from '../../tests/support/gpu.ts';
import { tinyCaps, tinyParticipants } from '../../tests/support/tiny-caps.ts';
import type { PartialConfig } from '../core/config/schema.ts';
import { MemoryTree } from '../core/files/memory-tree.ts';
import { listPaths, needFile, readText } from '../core/files/read.ts';
import { openMaps } from '../core/maps/reader.ts';
import type { EngineDevice } from '../engine/device/engine-device.ts';
import type { JobEvent } from './events.ts';
import { resume } from './resume.ts';
import { TinyTrainings } from './training/testing/tiny-training.ts';

const people = tinyParticipants(12);
const clock = { now: () => 1_795_414_813_000, elapsed: () => 0 };
const GIVEN = {
  ...{ epochs: 3, batch_size: 2, dropout: 0.3, selection_metrics: ['loss', 'BA'] },
  ...{ patience: 3, adaptive_learning_rate: true },
} as const;
const TRAINING_TSV = 'split-0/training_logs/training.tsv';
const OPTIMIZER = 'split-0/tmp/optimizer.pth.tar';

let device: EngineDevice;
let caps: MemoryTree;
let trainings: TinyTrainings;
/** What a training leaves that nobody interrupted. */
let calm: MemoryTree;
/** Left after the first and after the second epoch. */
let left: MemoryTree[];
beforeAll(async () => {
  device = await openTestDevice();
  caps = await tinyCaps(people);
  trainings = new TinyTrainings(device, caps, people);
  calm = (await trainings.run('classification', { given: GIVEN })).maps;
  left = [await leftBehind(GIVEN, inEpoch(1)), await leftBehind(GIVEN, inEpoch(2))];
});
afterAll(() => device.close());

class Killed extends Error {}

const inEpoch = (epoch: number) => (event: JobEvent) =>
  event.kind === 'batch' && event.epoch === epoch && event.iteration === 1;
const applying = (event: JobEvent) =>
  event.kind === 'progress' && event.phase.startsWith('Applying');

/** The MAPS of a training that was killed, with what ClinicaDL writes and nothing else. */
async function leftBehind(given: PartialConfig, isIt: (event: JobEvent) => boolean) {
  const maps = new MemoryTree('maps');
  const onEvent = (event: JobEvent) => {
    if (isIt(event)) throw new Killed();
  };
  const run = trainings.run('classification', { given, request: { maps }, onEvent });
  await expect(run).rejects.toThrow(Killed);
  await maps.remove('split-0/tmp/resume');
  await maps.remove('leakage.json');
  expect((await listPaths(maps, 'split-0/tmp')).sort()).toEqual([
    'split-0/tmp/checkpoint.pth.tar',
    OPTIMIZER,
  ]);
  return maps;
}

/** A copy of the MAPS that was left after so many epochs. */
async function leftAfter(epochs: 1 | 2): Promise<MemoryTree> {
  const tree = left[epochs - 1] as MemoryTree;
  const copy = new MemoryTree('maps');
  for (const path of await listPaths(tree)) {
    await copy.write(path, await (await needFile(tree, path)).bytes());
  }
  return copy;
}

/** Without --evaluation_steps 1.6.1 writes the header alone. */
async function withoutRows(maps: MemoryTree): Promise<void> {
  const [header = ''] = (await readText(maps, TRAINING_TSV)).split('\n');
  await maps.write(TRAINING_TSV, `${header}\n`);
}

/** Without early stopping and scheduler, neither of which does anything in so few epochs. */
async function withoutRules(maps: MemoryTree): Promise<void> {
  const text = await readText(maps, 'maps.json');
  const plain = text
    .replace('"patience": 3', '"patience": 0')
    .replace('"adaptive_learning_rate": true', '"adaptive_learning_rate": false');
  expect(plain.length).toBe(text.length + 1);
  await maps.write('maps.json', plain);
}

async function goOn(maps: MemoryTree): Promise<JobEvent[]> {
  const events: JobEvent[] = [];
  const job = resume(
    { maps, caps, capsDirectory: 'caps', splits: [] },
    { device, clock, signal: new AbortController().signal },
  );
  await follow(job, (event) => events.push(event));
  return events;
}

/** Bytes of all files but the audit's, which ClinicaDL does not have. */
async function contents(tree: MemoryTree, without = /^leakage\.json$/) {
  const all = new Map<string, string>();
  for (const path of (await listPaths(tree)).sort()) {
    if (without.test(path)) continue;
    const bytes = await (await needFile(tree, path)).bytes();
    all.set(path, Buffer.from(bytes).toString('base64'));
  }
  return all;
}

const logs = (events: readonly JobEvent[]) =>
  events.flatMap((event) => (event.kind === 'log' ? [event.message] : []));

describe('goes on after the last whole epoch, to the bits of a training without interruption', () => {
  test('within an epoch', async () => {
    const maps = await leftAfter(2);
    const events = await goOn(maps);
    expect(events.filter(({ kind }) => kind === 'restart')).toEqual([
      { kind: 'restart', split: 0, epoch: 2, batches: 0 },
    ]);
    expect(logs(events)).toContain(
      'Goes on after epoch 2, from the checkpoint in tmp/; that epoch is evaluated again.',
    );
    expect(await contents(maps)).toEqual(await contents(calm));
  });

  test('when all epochs were done', async () => {
    const maps = await leftBehind(GIVEN, applying);
    const events = await goOn(maps);
    expect(events.some(({ kind }) => kind === 'batch')).toBe(false);
    expect(await contents(maps)).toEqual(await contents(calm));
  });

  test('where training.tsv has no rows: best models are evaluated', async () => {
    const maps = await leftAfter(2);
    await withoutRows(maps);
    await withoutRules(maps);
    const events = await goOn(maps);
    expect(logs(events).filter((message) => message.includes('anew'))).toEqual([]);
    const others = /^(leakage|maps)\.json$|training_logs/;
    expect(await contents(maps, others)).toEqual(await contents(calm, others));
    // Epochs that nobody has told of stay untold.
    const rows = async (tree: MemoryTree) => (await readText(tree, TRAINING_TSV)).split('\n');
    const [header, , ...later] = await rows(calm);
    expect(await rows(maps)).toEqual([header, ...later]);
  });

  test('before the best models were copied', async () => {
    const maps = await leftAfter(1);
    for (const metric of GIVEN.selection_metrics) await maps.remove(`split-0/best-${metric}`);
    await withoutRows(maps);
    await goOn(maps);
    expect(await contents(maps)).toEqual(await contents(calm));
  });
});

test('says what begins anew where nothing tells of it', async () => {
  const maps = await leftAfter(2);
  await withoutRows(maps);
  expect(logs(await goOn(maps))).toContain(
    'training.tsv does not tell of every epoch: early stopping and the scheduler of the learning rate begin anew.',
  );
  expect((await openMaps(maps)).wholeSplits()).toHaveLength(1);
});

describe('refuses, with what to do, and leaves all as it was', () => {
  async function refused(optimizer: (maps: MemoryTree) => Promise<Uint8Array<ArrayBuffer>>) {
    const maps = await leftAfter(1);
    await maps.write(OPTIMIZER, await optimizer(maps));
    const before = await contents(maps);
    const error: unknown = await goOn(maps).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      problem: { steps: ['split-0'], action: expect.stringContaining('remove its folder "tmp"') },
    });
    const after = await contents(maps);
    expect([...after].filter(([path, bytes]) => before.get(path) !== bytes)).toEqual([]);
    return error;
  }

  const bytesOf = async (maps: MemoryTree) => (await needFile(maps, OPTIMIZER)).bytes();

  test('the state of another optimizer', async () => {
    const other = await leftBehind({ ...GIVEN, optimizer: 'Adagrad' }, inEpoch(1));
    expect(await refused(() => bytesOf(other))).toMatchObject({
      ...{ code: 'WEIGHTS_MISMATCH', problem: { file: 'optimizer.pth.tar' } },
    });
  });

  test('weights and optimizer of two epochs', async () => {
    const later = await leftAfter(2);
    expect(await refused(() => bytesOf(later))).toMatchObject({
      ...{ code: 'MAPS_DAMAGED', problem: { found: 'epochs 0 and 1' } },
    });
  });

  test('a file that was cut', async () => {
    const cut = async (maps: MemoryTree) => (await bytesOf(maps)).slice(0, 4000);
    expect(await refused(cut)).toMatchObject({
      code: 'MAPS_DAMAGED',
      problem: { file: OPTIMIZER },
    });
  });
});
