/**
 * How long a training step waits for its batch: an epoch fed from the sample's files against the same
 * epoch fed from arrays that are there already, in alternation on one device. Cold: every volume is
 * read and inflated anew; cached: volumes are held as far as memory allows, as in a training.
 *
 *   npm run bench -- loader [--participants 24] [--millimetres 4] [--batch 4] [--epochs 3]
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadExtraction } from '../src/core/caps/extraction-file.ts';
import { indexCaps } from '../src/core/caps/index.ts';
import { memoryFile } from '../src/core/files/memory-tree.ts';
import { readVolume } from '../src/core/nifti/read.ts';
import { makeSampleCohort } from '../src/core/sample/cohort.ts';
import type { ElementSource } from '../src/engine/data/batches.ts';
import { Network } from '../src/engine/networks/network.ts';
import { planNetwork } from '../src/engine/networks/registry.ts';
import { Adam } from '../src/engine/optimizers/adam.ts';
import { trainEpoch } from '../src/engine/train.ts';
import { openCohort } from '../src/jobs/data/cohort.ts';
import { VolumeStore } from '../src/jobs/data/volume-store.ts';
import { systemClock } from '../src/platform/node/clock.ts';
import { DiskTree } from '../src/platform/node/disk-tree.ts';
import { releaseNodeGpu } from '../src/platform/node/gpu.ts';
import { follow } from '../tests/support/follow.ts';
import { open } from './trainer.ts';

const { values: options } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    participants: { type: 'string', default: '24' },
    millimetres: { type: 'string', default: '4' },
    batch: { type: 'string', default: '4' },
    epochs: { type: 'string', default: '3' },
  },
});

const signal = new AbortController().signal;
const device = await open();
const folder = await mkdtemp(join(tmpdir(), 'capsule-loader-'));
const packed = new Uint8Array(await readFile(resolve('public/sample/colin27-3mm.nii.gz')));
const { volume: base } = await readVolume(memoryFile('base.nii.gz', packed));
const sample = {
  participants: Number(options.participants),
  millimetres: Number(options.millimetres),
  seed: 42,
};
const made = makeSampleCohort({ base, options: sample, tree: new DiskTree(folder) });
for await (const { done } of made) void done;

const caps = new DiskTree(join(folder, 'caps'));
const extraction = await loadExtraction(caps, 'image');
const sessions = (await indexCaps(caps)).sessions;
const coded = sessions.map((session, index) => ({ ...session, code: index % 2 }));

/** @param budget - bytes of volumes that are held */
async function elements(budget: number) {
  const store = new VolumeStore(caps, budget);
  const asked = { caps, extraction, store, sessions, unreadable: 'stop' } as const;
  const cohort = await follow(openCohort(asked, { device, clock: systemClock, signal }));
  return cohort.elements(coded, true);
}

const cached = await elements(1e9);
const cold = await elements(0);
const arrays = new Map<number, Float32Array>();
for (let index = 0; index < cached.count; index++) arrays.set(index, await cached.load(index));
const ready: ElementSource = {
  ...{ count: cached.count, shape: cached.shape },
  label: (index) => cached.label(index),
  name: (index) => cached.name(index),
  load: (index) => Promise.resolve(arrays.get(index) as Float32Array),
};

const spatial = cached.shape.slice(0, -1);
const network = new Network(planNetwork('Conv4_FC3', [1, ...spatial], 2, 0), 1);
const optimizer = new Adam(1e-4, 1e-4);
async function epochOf(source: ElementSource): Promise<number> {
  const start = performance.now();
  const steps = trainEpoch({
    ...{ device, network, optimizer, source, order: [...coded.keys()] },
    ...{ batchSize: Number(options.batch), accumulationSteps: 1, seed: 1, epoch: 0, signal },
  });
  for await (const { loss } of steps) void loss;
  return performance.now() - start;
}

await epochOf(ready);
const sources = { ready, cached, cold };
const times: Record<keyof typeof sources, number[]> = { ready: [], cached: [], cold: [] };
for (let i = 0; i < Number(options.epochs); i++) {
  for (const name of Object.keys(sources) as (keyof typeof sources)[]) {
    times[name].push(await epochOf(sources[name]));
  }
}
const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
const readyMs = median(times.ready);
for (const name of ['cached', 'cold'] as const) {
  const ms = median(times[name]);
  const row = {
    ...{ adapter: device.report.driver || device.report.name, volumes: name, count: coded.length },
    ...{ shape: spatial.join('x'), batch: Number(options.batch) },
    ...{ epoch_ms: Math.round(ms), without_loading_ms: Math.round(readyMs) },
    waiting_share: Math.round((1 - readyMs / ms) * 1000) / 1000,
  };
  console.log(JSON.stringify(row));
}
network.dispose();
optimizer.dispose();
device.close();
releaseNodeGpu();
await rm(folder, { recursive: true });
