import { afterAll, beforeAll, expect, test } from 'vitest';
import { MemoryTree } from '../../src/core/files/memory-tree.ts';
import { needFile, readText } from '../../src/core/files/read.ts';
import { openMaps, type Maps } from '../../src/core/maps/reader.ts';
import { readVolume } from '../../src/core/nifti/read.ts';
import { readTorch } from '../../src/core/torch/read.ts';
import { TorchTensor } from '../../src/core/torch/tensor.ts';
import type { EngineDevice } from '../../src/engine/device/engine-device.ts';
import { interpret } from '../../src/jobs/interpret.ts';
import { predict } from '../../src/jobs/predict.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { follow } from '../support/follow.ts';
import { openTestDevice } from '../support/gpu.ts';

// A model trained by ClinicaDL, applied and explained by Capsule.
const FOLDER = 'tests/fixtures/reference/synthetic';
const caps = new DiskTree(`${FOLDER}/caps`);
const reference = new DiskTree(`${FOLDER}/maps_ad`);
const never = new AbortController().signal;

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterAll(() => device.close());

/** The reference MAPS without what was predicted and explained on its test group. */
async function withoutResults(keepGroup: boolean, split = 'split-0'): Promise<MemoryTree> {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  for await (const path of reference.paths()) {
    if (path.includes('/test/') && (!keepGroup || path.includes('best-'))) continue;
    const renamed = path.replace('split-0', split);
    files[renamed] = await (await needFile(reference, path)).bytes();
  }
  return new MemoryTree('maps_ad', files);
}

async function testPredictions(maps: Maps, metric: string) {
  const [split] = maps.wholeSplits();
  return (await split?.predictions(metric, 'test', 'image')) ?? [];
}

test('predicts the test group as ClinicaDL does', async () => {
  const maps = await withoutResults(true);
  await follow(
    predict(
      {
        ...{ maps, caps, group: 'test', capsDirectory: 'caps', unreadable: 'stop' },
        ...{ selectionMetrics: [], splits: [], batchSize: 4 },
      },
      { device, clock: systemClock, signal: never },
    ),
  );
  const ours = await openMaps(maps);
  const theirs = await openMaps(reference);
  for (const metric of ['loss', 'BA']) {
    const expected = await testPredictions(theirs, metric);
    const found = await testPredictions(ours, metric);
    expect(found.map(({ participant }) => participant)).toEqual(
      expected.map(({ participant }) => participant),
    );
    for (const [row, { probabilities, predicted }] of expected.entries()) {
      expect(found[row]?.predicted).toBe(predicted);
      expect(found[row]?.probabilities[0]).toBeCloseTo(probabilities[0] ?? NaN, 4);
    }
    const table = `split-0/best-${metric}/test/test_image_level_metrics.tsv`;
    const [names, values] = (await readText(maps, table)).split('\n');
    const [theirNames, theirValues] = (await readText(reference, table)).split('\n');
    expect(names).toBe(theirNames);
    const numbers = (line = '') => line.split('\t').slice(1).map(Number);
    for (const [column, value] of numbers(theirValues).entries()) {
      expect(numbers(values)[column]).toBeCloseTo(value, 4);
    }
  }
});

test('writes results of an old MAPS into its fold-<i>, without metrics when labels are not wanted', async () => {
  const maps = await withoutResults(true, 'fold-0');
  await follow(
    predict(
      {
        ...{ maps, caps, group: 'test', capsDirectory: 'caps', unreadable: 'stop' },
        ...{ selectionMetrics: ['loss'], splits: [], batchSize: 4, useLabels: false },
      },
      { device, clock: systemClock, signal: never },
    ),
  );
  const written: string[] = [];
  for await (const path of maps.paths('fold-0/best-loss/test')) written.push(path);
  expect(written.sort()).toEqual([
    'fold-0/best-loss/test/description.log',
    'fold-0/best-loss/test/test_image_level_prediction.tsv',
  ]);
  expect(await testPredictions(await openMaps(maps), 'loss')).toHaveLength(4);
});

test('refuses participants for a group that exists', async () => {
  const maps = await withoutResults(true);
  const rows = [{ participant: 'sub-SYN316', session: 'ses-M000', cohort: 'single', label: 'AD' }];
  const job = interpret(
    {
      ...{ maps, caps, group: 'test', name: 'gradients', unreadable: 'stop' },
      ...{ selectionMetrics: [], targetNode: 0, overwriteName: false },
      ...{ saveIndividual: false, saveNifti: false },
      definition: { rows, labelled: true, capsDirectory: 'caps', checkLeakage: true },
    },
    { device, clock: systemClock, signal: never },
  );
  await expect(follow(job)).rejects.toMatchObject({ code: 'MAPS_GROUP' });
});

test('refuses a new group in which someone was seen in training, and does not make it', async () => {
  const maps = await withoutResults(false);
  const rows = ['sub-SYN316', 'sub-SYN303'].map((participant) => ({
    ...{ participant, session: 'ses-M000', cohort: 'single', label: 'AD' },
  }));
  const job = predict(
    {
      ...{ maps, caps, group: 'test', capsDirectory: 'caps', unreadable: 'stop' },
      ...{ selectionMetrics: [], splits: [], batchSize: 4 },
      definition: { rows, labelled: true, capsDirectory: 'caps', checkLeakage: true },
    },
    { device, clock: systemClock, signal: never },
  );
  const error = await follow(job).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'LEAKAGE_PARTICIPANTS' });
  expect(String(error)).toContain('sub-SYN303');
  expect((await openMaps(maps)).groups).toEqual(['train', 'validation']);
});

test('explains as ClinicaDL does, and keeps the affine of the scan', async () => {
  const maps = await withoutResults(true);
  await follow(
    interpret(
      {
        ...{ maps, caps, group: 'test', name: 'gradients', unreadable: 'stop' },
        ...{ selectionMetrics: ['loss'], targetNode: 0 },
        ...{ saveIndividual: true, saveNifti: true, overwriteName: false },
      },
      { device, clock: systemClock, signal: never },
    ),
  );
  const folder = 'split-0/best-loss/test/interpret-gradients';
  // 1.6.1 wrote the maps of single sessions as NIfTI only, the mean in both forms.
  const people = ['sub-SYN316', 'sub-SYN317', 'sub-SYN318', 'sub-SYN319'];
  for (const person of people) {
    const name = `${folder}/${person}_ses-M000_image-0_map.nii.gz`;
    const ours = await readVolume(await needFile(maps, name));
    const theirs = await rawMap(name);
    expect(distance(ours.volume.data, theirs), person).toBeLessThan(1e-3);
    const scan = await scanOf(person);
    expect(ours.affine).toEqual(scan.affine);
    expect(ours.header.shape).toEqual(scan.header.shape);
  }
  const mean = `${folder}/mean_image-0_map.pt`;
  expect(distance(await tensor(maps, mean), await tensor(reference, mean))).toBeLessThan(1e-3);
});

/** The reference's map: stored with a leading channel axis, `(1, X, Y, Z)`, X fastest. */
async function rawMap(path: string): Promise<Float32Array> {
  const packed = new Blob([await (await needFile(reference, path)).bytes()]);
  const stream = packed.stream().pipeThrough(new DecompressionStream('gzip'));
  const bytes = await new Response(stream).arrayBuffer();
  const view = new DataView(bytes);
  const shape = [0, 1, 2, 3].map((axis) => view.getInt16(42 + 2 * axis, true));
  const [, x = 0, y = 0, z = 0] = shape;
  const wide = view.getInt16(70, true) === 64;
  const offset = view.getFloat32(108, true);
  const data = new Float32Array(x * y * z);
  for (let i = 0; i < data.length; i++) {
    const [a, b, c] = [i % x, Math.floor(i / x) % y, Math.floor(i / x / y)] as const;
    data[(a * y + b) * z + c] = wide
      ? view.getFloat64(offset + 8 * i, true)
      : view.getFloat32(offset + 4 * i, true);
  }
  return data;
}

async function scanOf(person: string) {
  for await (const path of caps.paths(`subjects/${person}`)) {
    return readVolume(await needFile(caps, path));
  }
  throw new Error(`no scan of ${person}`);
}

async function tensor(tree: MemoryTree | DiskTree, path: string): Promise<Float32Array> {
  const value = readTorch(await (await needFile(tree, path)).bytes());
  if (!(value instanceof TorchTensor)) throw new Error(`${path} is no tensor`);
  return value.toFloat32();
}

/** Norm of the difference, relative to the second. */
function distance(ours: Float32Array, theirs: Float32Array): number {
  let difference = 0;
  let size = 0;
  theirs.forEach((value, i) => {
    difference += ((ours[i] ?? NaN) - value) ** 2;
    size += value ** 2;
  });
  return Math.sqrt(difference / size);
}
