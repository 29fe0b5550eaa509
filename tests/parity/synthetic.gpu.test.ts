import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Maps } from '../../src/core/maps/reader.ts';
import type { MapsSplit } from '../../src/core/maps/split-reader.ts';
import type { MemoryTree } from '../../src/core/files/memory-tree.ts';
import { readText } from '../../src/core/files/read.ts';
import type { EngineDevice } from '../../src/engine/device/engine-device.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { openTestDevice } from '../support/gpu.ts';
import {
  expectSameFilters,
  expectSameLosses,
  expectSamePredictions,
  expectSameWeights,
  repeatTraining,
} from './reference.ts';

// Two epochs of Conv4_FC3 on the committed synthetic volumes, from the reference's start weights.
const LEARNING_RATE = 1e-4;
const FOLDER = 'tests/fixtures/reference/synthetic';

let device: EngineDevice;
let ours: Maps;
let tree: MemoryTree;
let ourSplit: MapsSplit;
let referenceSplit: MapsSplit;

beforeAll(async () => {
  device = await openTestDevice();
  const run = { folder: FOLDER, caps: `${FOLDER}/caps`, run: 'maps_ad' };
  const repeated = await repeatTraining(device, run);
  ({ ours, tree } = repeated);
  [ourSplit] = ours.wholeSplits() as [MapsSplit];
  [referenceSplit] = repeated.reference.wholeSplits() as [MapsSplit];
}, 600_000);
afterAll(() => device.close());

test('every loss of training.tsv is that of PyTorch', () =>
  expectSameLosses(ourSplit, referenceSplit));

test('the final predictions are those of PyTorch', () =>
  expectSamePredictions(ourSplit, referenceSplit));

test('the saved weights are those of PyTorch', () =>
  expectSameWeights(ourSplit, referenceSplit, LEARNING_RATE));

test('a fresh network starts from the weights that PyTorch draws for the same seed', async () => {
  const run = { folder: FOLDER, caps: `${FOLDER}/caps`, run: 'maps_init', fresh: true };
  const repeated = await repeatTraining(device, run);
  const [fresh] = repeated.ours.wholeSplits() as [MapsSplit];
  const [theirs] = repeated.reference.wholeSplits() as [MapsSplit];
  // Running statistics of the last block are stained by rounding there: see batch-norm.ts.
  await expectSameFilters(fresh, theirs);
});

test('the MAPS has the files, and the text files the layout, of the reference', async () => {
  const reference = new DiskTree(`${FOLDER}/maps_ad`);
  const theirs: string[] = [];
  for await (const path of reference.paths()) {
    const isOfPredict = path.includes('/test/');
    if (!isOfPredict) theirs.push(named(path));
  }
  const found: string[] = [];
  // The audit's record, the scores and the calibration are ours.
  const isOurs = (path: string) => /(leakage\.json|_(scores|calibration)\.tsv)$/.test(path);
  for await (const path of tree.paths()) if (!isOurs(path)) found.push(named(path));
  expect(found.sort()).toEqual(theirs.sort());
  for (const path of [
    'maps.json',
    'groups/train+validation.tsv',
    'groups/train/split-0/data.tsv',
  ]) {
    expect(await readText(tree, path), path).toBe(await readText(reference, path));
  }
  const header = async (files: typeof reference | MemoryTree, path: string) =>
    (await readText(files, path)).split('\n')[0];
  for (const path of theirs.filter((name) => name.endsWith('.tsv'))) {
    expect(await header(tree, path), path).toBe(await header(reference, path));
  }
  const lines = async (files: typeof reference | MemoryTree) =>
    (await readText(files, 'information.log')).split('\n').slice(3);
  expect(await lines(tree)).toEqual((await lines(reference)).map((line) => line));
});

/** Event files are named after the time, the computer and the process. */
const named = (path: string): string => path.replace(/tfevents\..*/, 'tfevents');
