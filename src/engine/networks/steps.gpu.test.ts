import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { relativeError } from '../../../tests/support/conv-block-reference.ts';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import { stream } from '../../core/random/philox.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { allocatedBytes } from '../device/tfjs-backend.ts';
import { gradientMap } from '../interpret/gradients.ts';
import { useKernels } from '../kernels/choice.ts';
import { Optimizer } from '../optimizers/optimizer.ts';
import { trainEpoch } from '../train.ts';
import { Network } from './network.ts';
import { planNetwork } from './registry.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => {
  useKernels(true);
  device.check();
});
afterAll(() => device.close());

const SHAPE = [33, 18, 21];
/** As many pixels as a volume has voxels. */
const IMAGE = [66, 189];
const VOXELS = 33 * 18 * 21;
const never = new AbortController().signal;

/** Two volumes of smooth noise, different in every axis. */
const volumes = [0, 1].map((index) => {
  const noise = stream(30, 'volume', index);
  return Float32Array.from(
    { length: VOXELS },
    (_, i) => Math.sin(i * 0.01 * (index + 1)) + noise.uniform(-0.5, 0.5),
  );
});

interface Run {
  readonly losses: number[];
  readonly state: Float32Array;
  readonly scores: Float32Array;
  readonly saliency: Float32Array;
  /** Tensors and bytes after the last step. */
  readonly held: string;
}

async function run(
  kernels: boolean,
  steps: number,
  { shape = SHAPE, poison = false } = {},
): Promise<Run> {
  useKernels(kernels);
  const network = new Network(planNetwork('Conv4_FC3', [1, ...shape], 2, 0), 3);
  const optimizer = new Optimizer('Adam', 1e-3, 1e-3);
  const losses: number[] = [];
  const epoch = trainEpoch({
    ...{ device, network, optimizer, batchSize: 2, accumulationSteps: 1, seed: 1, epoch: 0 },
    source: {
      ...{ count: 2, shape: [...shape, 1], label: (index: number) => index },
      name: (index) => `sub-${index}`,
      load: (index) => Promise.resolve(volumes[index] as Float32Array<ArrayBuffer>),
    },
    order: Array.from({ length: 2 * steps }, (_, i) => i % 2),
    signal: never,
  });
  for await (const { loss } of epoch) {
    losses.push(loss);
    if (poison) poisonRecycledBuffers();
  }
  const held = `${tf.memory().numTensors} tensors, ${allocatedBytes()} bytes`;
  const state = Float32Array.from((await network.state()).flatMap(({ values }) => [...values]));
  const input = tf.tensor(volumes[0] as Float32Array, [1, ...shape, 1]);
  const output = tf.tidy(() => network.predict(input));
  const scores = (await output.data()) as Float32Array;
  const first = volumes[0] as Float32Array;
  const subject = { device, network, element: first, target: 1, signal: never };
  const { values: gradient } = await gradientMap({ ...subject, shape: [...shape, 1] });
  tf.dispose([input, output]);
  network.dispose();
  optimizer.dispose();
  return { losses, state, scores, saliency: gradient, held };
}

test.each([
  ['volumes', SHAPE],
  ['images', IMAGE],
])('trains on %s, predicts and explains as the plain path does', async (_name, shape) => {
  const plain = await run(false, 3, { shape });
  const fast = await run(true, 3, { shape });
  for (const [step, loss] of plain.losses.entries()) {
    expect(Math.abs((fast.losses[step] ?? NaN) / loss - 1)).toBeLessThan(1e-5);
  }
  expect(relativeError(fast.state, plain.state)).toBeLessThan(1e-3);
  expect(relativeError(fast.scores, plain.scores)).toBeLessThan(1e-3);
  expect(relativeError(fast.saliency, plain.saliency)).toBeLessThan(1e-2);
});

test('gives the same bits again, whatever recycled buffers hold', async () => {
  const first = await run(true, 3);
  const second = await run(true, 3, { poison: true });
  expect({ ...second, held: '' }).toEqual({ ...first, held: '' });
});

test('holds no more tensors and bytes after twenty steps than after five', async () => {
  const { held: short } = await run(true, 5);
  const { held: long } = await run(true, 20);
  expect(long).toBe(short);
});
