import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EngineDevice } from '../../src/engine/device/engine-device.ts';
import { openTestDevice } from '../support/gpu.ts';
import { largestDifferences, predictAgain } from './forward.ts';

// Models that ClinicaDL trained on 28 real brains, applied by Capsule to the nine of its test group.
// The brains may not be part of this repository: they are read beside it.
const gold = resolve('../shared/gold');
const caps = resolve('../shared/data/brains-3mm/caps');
const there = existsSync(gold) && existsSync(caps);

test('the real brains are there (clone them beside the project to run this test)', (context) => {
  if (!there) context.skip();
  expect(there).toBe(true);
});

if (there) {
  let device: EngineDevice;
  beforeAll(async () => {
    device = await openTestDevice();
  }, 600_000);
  afterAll(() => device.close());

  // The start weights of maps_sex were never applied to the test group: their own sets instead.
  // Losses are sums over batches: `predict` was told four, training has its own.
  const batchOf = (group: string) => (group === 'test' ? { batchSize: 4 } : {});
  test.each([
    ['maps_init', 'validation', 'images'],
    ['maps_sex', 'test', 'images'],
    ['maps_sex', 'validation', 'images'],
    ['maps_age', 'test', 'a regression'],
    ['maps_age', 'validation', 'a regression'],
    ['maps_recon', 'test', 'a reconstruction'],
    ['maps_recon', 'validation', 'a reconstruction'],
    ['maps_slice', 'test', 'slices'],
    ['maps_patch_multi', 'test', 'patches, a network each'],
  ])('%s: predicts "%s" as ClinicaDL does (%s)', async (maps, group) => {
    const folder = `${gold}/${maps}`;
    const result = await predictAgain(device, { folder, caps, group, request: batchOf(group) });
    expect(result.tables.length).toBeGreaterThan(1);
    const { prediction, metrics } = await largestDifferences(result);
    console.info(`${maps}, ${group}: ${prediction} in predictions, ${metrics} in metrics`);
    expect(prediction).toBeLessThan(1e-4);
    expect(metrics).toBeLessThan(1e-4);
  });
}
