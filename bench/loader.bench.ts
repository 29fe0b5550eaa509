/**
 * How long a training step waits for its batch, for each place that a batch can come from, in
 * alternation within one run. Memory: volumes are held, as far as a budget allows. Cache: nothing is
 * held, elements come from the disk. Cold: every volume is read and inflated anew in each epoch, by
 * this thread or by loading threads.
 *
 *   npm run bench -- loader [--participants 24] [--millimetres 4] [--batch 4] [--epochs 3]
 *   npm run bench -- loader --pause 100 [--size 169x208x179] [--participants 16] [--batch 2]
 *
 * The first form trains Conv4_FC3 on the sample and compares with an epoch fed from arrays that are
 * there already; on a software driver loading takes the processor from the step, which counts as
 * waiting. The second form has a pause of so many milliseconds in place of the step, as a graphics
 * card would leave the processor alone for that time. Waiting is from asking for a batch to having
 * it, except for the first of an epoch, which nothing can hide; `late_ms` is what the epoch took
 * beyond its pauses, with what delayed the end of a pause: on a busy machine mostly other programs.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { makeExtraction } from '../src/core/caps/extraction.ts';
import { indexCaps } from '../src/core/caps/index.ts';
import { batches, type ElementSource } from '../src/engine/data/batches.ts';
import { Network } from '../src/engine/networks/network.ts';
import { planNetwork } from '../src/engine/networks/registry.ts';
import { Optimizer } from '../src/engine/optimizers/optimizer.ts';
import { trainEpoch } from '../src/engine/train.ts';
import { openCohort } from '../src/jobs/data/cohort.ts';
import { VolumeStore } from '../src/jobs/data/volume-store.ts';
import { nodeCacheSettings } from '../src/platform/node/cache-folder.ts';
import { systemClock } from '../src/platform/node/clock.ts';
import { DiskTree } from '../src/platform/node/disk-tree.ts';
import { releaseNodeGpu } from '../src/platform/node/gpu.ts';
import { nodeLoaderThreads } from '../src/platform/node/loader-thread.ts';
import { nodeLoading } from '../src/platform/node/loading.ts';
import { follow } from '../tests/support/follow.ts';
import { SUFFIX, writeLargeCohort, writeSample } from './loader-cohort.ts';
import { open } from './trainer.ts';

const { values: options } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    participants: { type: 'string', default: '24' },
    millimetres: { type: 'string', default: '4' },
    size: { type: 'string', default: '169x208x179' },
    batch: { type: 'string', default: '4' },
    epochs: { type: 'string', default: '3' },
    threads: { type: 'string', default: String(nodeLoaderThreads()) },
    pause: { type: 'string' },
  },
});
const count = Number(options.participants);
const batchSize = Number(options.batch);
const threads = Number(options.threads);
const pauseMs = options.pause === undefined ? undefined : Number(options.pause);

const signal = new AbortController().signal;
const device = await open();
const folder = await mkdtemp(join(tmpdir(), 'capsule-loader-'));
const caps = new DiskTree(join(folder, 'caps'));
if (pauseMs === undefined) {
  await writeSample(new DiskTree(folder), count, Number(options.millimetres));
} else {
  await writeLargeCohort(caps, count, options.size.split('x').map(Number));
}
const extraction = makeExtraction(
  { pipeline: 'custom', suffix: SUFFIX },
  { mode: 'image' },
  'image',
);
const sessions = (await indexCaps(caps)).sessions;
const coded = sessions.map((session, index) => ({ ...session, code: index % 2 }));
const order = [...coded.keys()];

const program = pathToFileURL(resolve('dist/runner/loader-worker.mjs'));
const stores: VolumeStore[] = [];

/** @param budget - bytes of volumes that are held */
async function elements(budget: number, threadCount: number, cached = false) {
  const cache = cached ? nodeCacheSettings(join(folder, 'cache')) : undefined;
  const loading = { ...nodeLoading(program, cache), threads: threadCount };
  const store = new VolumeStore(caps, { budget, loading });
  stores.push(store);
  const asked = { caps, extraction, store, sessions, unreadable: 'stop' } as const;
  const cohort = await follow(openCohort(asked, { device, clock: systemClock, signal }));
  return cohort.elements(coded, true);
}

const memory = await elements(64e9, threads);
const sources: Record<string, ElementSource> = {
  memory,
  'memory, this thread': await elements(64e9, 0),
  cache: await elements(0, threads, true),
  cold: await elements(0, threads),
  'cold, this thread': await elements(0, 0),
};
const spatial = memory.shape.slice(0, -1);

/** @returns milliseconds of an epoch, and how many of them went by waiting for a batch. */
type Epoch = (source: ElementSource) => Promise<Times>;

interface Times {
  readonly total: number;
  readonly waited: number;
  readonly late: number;
  /** Until the first batch is there. */
  readonly first: number;
  /** Of the processor, in all threads. */
  readonly cpu: number;
  /** That this thread, which would drive the GPU, was busy. */
  readonly busy: number;
}

const pausing =
  (milliseconds: number): Epoch =>
  async (source) => {
    const cpu = process.cpuUsage();
    const loop = performance.eventLoopUtilization();
    const start = performance.now();
    let [asked, first, waited, steps] = [start, start, 0, 0];
    for await (const { iteration } of batches(source, order, batchSize)) {
      if (iteration === 0) first = performance.now();
      else waited += performance.now() - asked;
      await pause(milliseconds);
      asked = performance.now();
      steps += 1;
    }
    const end = performance.now();
    const { user, system } = process.cpuUsage(cpu);
    return {
      ...{ total: end - first, first: first - start, cpu: (user + system) / 1000 },
      busy: performance.eventLoopUtilization(loop).active,
      ...{ waited, late: end - first - steps * milliseconds },
    };
  };

function training(): Epoch & { dispose(): void } {
  const network = new Network(planNetwork('Conv4_FC3', [1, ...spatial], 2, 0), 1);
  const optimizer = new Optimizer('Adam', 1e-4, 1e-4);
  const epoch: Epoch = async (source) => {
    const start = performance.now();
    const steps = trainEpoch({
      ...{ device, network, optimizer, source, order, batchSize },
      ...{ accumulationSteps: 1, seed: 1, epoch: 0, signal },
    });
    for await (const { loss } of steps) void loss;
    const none = { waited: NaN, late: NaN, first: NaN, cpu: NaN, busy: NaN };
    return { total: performance.now() - start, ...none };
  };
  const dispose = () => {
    network.dispose();
    optimizer.dispose();
  };
  return Object.assign(epoch, { dispose });
}

async function compareWithReady(): Promise<void> {
  const arrays = new Map<number, Float32Array>();
  for (const index of order) arrays.set(index, await memory.load(index));
  const ready: ElementSource = {
    ...{ count: memory.count, shape: memory.shape },
    label: (index) => memory.label(index),
    name: (index) => memory.name(index),
    load: (index) => Promise.resolve(arrays.get(index) as Float32Array),
  };
  const epoch = training();
  await epoch(ready);
  const times = await inTurn({ ready, ...sources }, epoch);
  // The best of each: what else runs on the processor only ever adds to it.
  const best = (name: string) => Math.min(...(times.get(name) ?? []).map(({ total }) => total));
  const readyMs = best('ready');
  for (const name of Object.keys(sources)) {
    const ms = best(name);
    print(name, { epoch_ms: ms, without_loading_ms: readyMs }, 1 - readyMs / ms);
  }
  epoch.dispose();
}

async function countWaiting(milliseconds: number): Promise<void> {
  const times = await inTurn(sources, pausing(milliseconds));
  for (const name of Object.keys(sources)) {
    const epochs = times.get(name) ?? [];
    const ms = median(epochs.map(({ total }) => total));
    const waited = median(epochs.map((epoch) => epoch.waited));
    const first = median(epochs.map((epoch) => epoch.first));
    const a = (value: (epoch: Times) => number) => median(epochs.map(value)) / coded.length;
    const figures = {
      ...{ step_ms: milliseconds, first_ms: first, others_ms: ms, waited_ms: waited },
      late_ms: median(epochs.map(({ late }) => late)),
      ...{ cpu_ms_a_volume: a(({ cpu }) => cpu), this_thread_ms_a_volume: a(({ busy }) => busy) },
    };
    print(name, figures, waited / ms);
  }
}

/** Each source once for nothing (the cache is filled by that), then all in alternation. */
async function inTurn(all: Record<string, ElementSource>, epoch: Epoch) {
  const times = new Map(Object.keys(all).map((name) => [name, [] as Times[]]));
  for (let i = 0; i <= Number(options.epochs); i++) {
    for (const [name, source] of Object.entries(all)) {
      const taken = await epoch(source);
      if (i > 0) times.get(name)?.push(taken);
    }
  }
  return times;
}

function print(volumes: string, figures: Record<string, number>, share: number): void {
  const rounded = Object.entries(figures).map(([name, value]) => [name, Math.round(value)]);
  const row = {
    ...{ adapter: device.report.driver || device.report.name, volumes, count: coded.length },
    ...{ shape: spatial.join('x'), batch: batchSize, threads },
    ...(Object.fromEntries(rounded) as Record<string, number>),
    waiting_share: Math.round(share * 1000) / 1000,
  };
  console.log(JSON.stringify(row));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

await (pauseMs === undefined ? compareWithReady() : countWaiting(pauseMs));
for (const store of stores) await store.close();
device.close();
releaseNodeGpu();
await rm(folder, { recursive: true });
