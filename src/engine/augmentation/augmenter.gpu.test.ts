import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import { CLINICADL_TRANSFORMS } from '../../core/augmentation/catalogue.ts';
import { drawRecords, type AugmentationRecord } from '../../core/augmentation/draw.ts';
import { readPipeline } from '../../core/augmentation/pipeline.ts';
import { stream } from '../../core/random/philox.ts';
import { batches, type BatchOptions } from '../data/batches.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { augmenter, replay } from './augmenter.ts';

const SPATIAL = [17, 20, 18];
const SIZE = 17 * 20 * 18;
const SEED = 5;
const EPOCH = 3;
const ORDER = [2, 0, 2, 3, 1];
const STEPS = readPipeline([
  ...CLINICADL_TRANSFORMS,
  { one_of: ['RandomFlip', 'RandomGamma'], probability: 0.7 },
]);

const element = (index: number) => {
  const random = stream(index, 'augmented element');
  return Float32Array.from({ length: SIZE }, () => random.uniform());
};
const source = {
  count: 4,
  shape: [...SPATIAL, 1],
  label: () => 0,
  name: (index: number) => `sub-${index}`,
  load: (index: number) => Promise.resolve(element(index)),
};

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterAll(() => device.close());
afterEach(() => device.check());

async function epoch(batchSize: number, options: BatchOptions = {}): Promise<Float32Array[]> {
  const augment = augmenter(STEPS, { seed: SEED, epoch: EPOCH });
  const samples: Float32Array[] = [];
  for await (const { input } of batches(source, ORDER, batchSize, { augment, ...options })) {
    const values = (await input.data()) as Float32Array;
    for (let at = 0; at < values.length; at += SIZE) samples.push(values.slice(at, at + SIZE));
    poisonRecycledBuffers();
  }
  return samples;
}

test('any sample of any epoch is made again, bit for bit, from its records', async () => {
  const samples = await epoch(2);
  expect(samples).toHaveLength(ORDER.length);
  for (const [position, index] of ORDER.entries()) {
    const repeat = ORDER.slice(0, position).filter((other) => other === index).length;
    const place = { seed: SEED, epoch: EPOCH, element: index, repeat };
    const records = drawRecords(STEPS, SPATIAL, place);
    const stored = JSON.parse(JSON.stringify(records)) as AugmentationRecord[];
    const again = await replay(element(index), [...SPATIAL, 1], stored);
    expect(again).toEqual(samples[position]);
    expect(again.every(Number.isFinite)).toBe(true);
    expect(again).not.toEqual(element(index));
  }
  // Drawn twice in one epoch, changed in two ways.
  expect(samples[0]).not.toEqual(samples[2]);
});

test('samples do not depend on batches, their parts, or where an epoch was resumed', async () => {
  const samples = await epoch(2);
  expect(await epoch(5)).toEqual(samples);
  expect(await epoch(4, { microBatchSize: 1 })).toEqual(samples);
  expect(await epoch(2, { first: 1 })).toEqual(samples.slice(2));
});

test('nothing stays behind on the device', async () => {
  await epoch(5);
  const before = tf.memory().numTensors;
  await epoch(5);
  expect(tf.memory().numTensors).toBe(before);
});

test('nothing to do is nothing done', () => {
  expect(augmenter([], { seed: 1, epoch: 0 })).toBeUndefined();
});
