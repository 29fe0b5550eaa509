import { afterAll, beforeAll, expect, test } from 'vitest';
import { MemoryTree } from '../../src/core/files/memory-tree.ts';
import { needFile } from '../../src/core/files/read.ts';
import { openMaps, type Maps } from '../../src/core/maps/reader.ts';
import { readVolume } from '../../src/core/nifti/read.ts';
import type { EngineDevice } from '../../src/engine/device/engine-device.ts';
import { interpret } from '../../src/jobs/interpret.ts';
import { predict } from '../../src/jobs/predict.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { follow } from '../support/follow.ts';
import { openTestDevice } from '../support/gpu.ts';
import { largestDifferences, predictAgain } from './forward.ts';
import { distance, mapTensor, rawMap } from './reference-maps.ts';

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

test.each([
  ['maps_ad', 'test'],
  ['maps_ad', 'validation'],
  ['maps_init', 'validation'],
])('%s: predicts "%s" as ClinicaDL does', async (maps, group) => {
  const folder = `${FOLDER}/${maps}`;
  const result = await predictAgain(device, { folder, caps: `${FOLDER}/caps`, group });
  const isOfBoth = maps === 'maps_ad';
  expect(result.tables).toHaveLength(isOfBoth ? 4 : 2);
  const { prediction, metrics } = await largestDifferences(result);
  expect(prediction).toBeLessThan(1e-4);
  expect(metrics).toBeLessThan(1e-4);
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

test.each([
  ['gradients', { method: 'gradients' }],
  ['gradcam', { method: 'grad-cam', level: 8, form: 'clinicadl' }],
] as const)(
  'explains as ClinicaDL does, and keeps the affine of the scan: %s',
  async (name, method) => {
    const maps = await withoutResults(true);
    await follow(
      interpret(
        {
          ...{ maps, caps, group: 'test', name, method, unreadable: 'stop' },
          ...{ selectionMetrics: ['loss'], targetNode: 0 },
          ...{ saveIndividual: true, saveNifti: true, overwriteName: false },
        },
        { device, clock: systemClock, signal: never },
      ),
    );
    const folder = `split-0/best-loss/test/interpret-${name}`;
    // 1.6.1 wrote the maps of single sessions as NIfTI only, the mean in both forms.
    const people = ['sub-SYN316', 'sub-SYN317', 'sub-SYN318', 'sub-SYN319'];
    for (const person of people) {
      const file = `${folder}/${person}_ses-M000_image-0_map.nii.gz`;
      const ours = await readVolume(await needFile(maps, file));
      const theirs = await rawMap(reference, file);
      expect(distance(ours.volume.data, theirs), person).toBeLessThan(1e-3);
      const scan = await scanOf(person);
      expect(ours.affine).toEqual(scan.affine);
      expect(ours.header.shape).toEqual(scan.header.shape);
    }
    const mean = `${folder}/mean_image-0_map.pt`;
    expect(distance(await mapTensor(maps, mean), await mapTensor(reference, mean))).toBeLessThan(
      1e-3,
    );
  },
);

async function scanOf(person: string) {
  for await (const path of caps.paths(`subjects/${person}`)) {
    return readVolume(await needFile(caps, path));
  }
  throw new Error(`no scan of ${person}`);
}
