import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MapsSplit } from '../../src/core/maps/split-reader.ts';
import type { EngineDevice } from '../../src/engine/device/engine-device.ts';
import { openTestDevice } from '../support/gpu.ts';
import {
  expectSameLosses,
  expectSamePredictions,
  expectSameWeights,
  repeatTraining,
} from './reference.ts';

// Three epochs of Conv4_FC3 on 28 real brains (sex), from the reference's start weights. The brains
// may not be part of this repository: they are read beside it.
const LEARNING_RATE = 1e-4;
const gold = resolve('../shared/gold');
const caps = resolve('../shared/data/brains-3mm/caps');
const there = existsSync(gold) && existsSync(caps);

test('the real brains are there (clone them beside the project to run this test)', (context) => {
  if (!there) context.skip();
  expect(there).toBe(true);
});

if (there) {
  let device: EngineDevice;
  let ours: MapsSplit;
  let theirs: MapsSplit;

  beforeAll(async () => {
    device = await openTestDevice();
    const repeated = await repeatTraining(device, { folder: gold, caps, run: 'maps_sex' });
    [ours] = repeated.ours.wholeSplits() as [MapsSplit];
    [theirs] = repeated.reference.wholeSplits() as [MapsSplit];
  }, 3_600_000);
  afterAll(() => device.close());

  test('every loss of training.tsv is that of PyTorch', () => expectSameLosses(ours, theirs));
  test('the final predictions are those of PyTorch', () => expectSamePredictions(ours, theirs));
  test('the saved weights are those of PyTorch', () =>
    expectSameWeights(ours, theirs, LEARNING_RATE));
}
