import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  convolution,
  convolutionGradients,
  moments,
  relativeError,
  type Shape,
} from '../../../tests/support/conv-block-reference.ts';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import { stream } from '../../core/random/philox.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { channelSums, squaredDeviations } from './channel-sums.ts';
import { convolve, inputGradient } from './convolution.ts';
import { sameGeometryOf } from './convolution-geometry.ts';
import { filterGradient } from './filter-gradient.ts';
import { quadsOf } from './storage.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

/** Rounded to float32, so that both sides start from the same numbers. */
function random(length: number, index: number): Float64Array {
  const numbers = stream(20, 'kernels', index);
  return Float64Array.from({ length }, () => Math.fround(numbers.uniform(-1, 1)));
}

async function values(tensor: tf.Tensor): Promise<Float32Array> {
  const data = (await tensor.data()) as Float32Array;
  tensor.dispose();
  return data;
}

/** Rows of channels padded with zeros to a multiple of four, as between our kernels. */
function padded(rows: Float64Array, channels: number): tf.Tensor {
  return tf.tidy(() =>
    tf.pad2d(tf.tensor2d(Float32Array.from(rows), [rows.length / channels, channels]), [
      [0, 0],
      [0, 4 * quadsOf(channels) - channels],
    ]),
  );
}

const CASES: [Shape, number][] = [
  [[1, 1, 1, 1, 1], 8],
  [[2, 5, 4, 3, 1], 8],
  [[3, 2, 3, 19, 1], 5],
  [[1, 3, 6, 9, 3], 5],
  [[3, 2, 1, 7, 8], 16],
  [[1, 4, 5, 17, 12], 12],
  [[2, 1, 2, 4, 16], 8],
  [[1, 6, 5, 4, 2], 24],
  [[1, 3, 3, 4, 1], 1],
  [[2, 2, 3, 2, 40], 36],
];

describe.each(CASES)('on %j with %d outputs', (shape, outputs) => {
  const inputs = shape[4];
  const voxels = shape[0] * shape[1] * shape[2] * shape[3];
  const geometry = sameGeometryOf(shape, [3, 3, 3]);
  const input = random(voxels * inputs, 1);
  const filter = random(27 * inputs * outputs, 2);
  const gradient = random(voxels * outputs, 3);
  const tensors = () => ({
    input: tf.tensor(Float32Array.from(input), [...shape]),
    filter: tf.tensor(Float32Array.from(filter), [3, 3, 3, inputs, outputs]),
    gradient: padded(gradient, outputs),
  });

  test('convolves as its definition says, on dirty buffers', async () => {
    const { input: x, filter: w, gradient: g } = tensors();
    convolve(x, w, { padded: true }).dispose();
    await device.settle();
    poisonRecycledBuffers();
    const all = await values(convolve(x, w, { padded: true }));
    const width = 4 * quadsOf(outputs);
    const rows = Array.from({ length: voxels }, (_, row) =>
      Array.from(all.slice(row * width, row * width + outputs)),
    ).flat();
    expect(relativeError(rows, convolution(input, filter, shape))).toBeLessThan(1e-5);
    // Padded channels are zero: the next kernels count on it.
    expect(all.reduce((sum, v, i) => sum + (i % width < outputs ? 0 : Math.abs(v)), 0)).toBe(0);
    tf.dispose([x, w, g]);
  });

  test('has the gradients of its definition, on dirty buffers', async () => {
    const { input: x, filter: w, gradient: g } = tensors();
    tf.dispose([
      inputGradient(g, w, shape, { padded: true }),
      filterGradient(x, g, outputs, { geometry, padded: true }),
    ]);
    await device.settle();
    poisonRecycledBuffers();
    const { ofInput, ofFilter } = convolutionGradients(input, filter, gradient, shape);
    expect(
      relativeError(await values(inputGradient(g, w, shape, { padded: true })), ofInput),
    ).toBeLessThan(1e-5);
    expect(
      relativeError(
        await values(filterGradient(x, g, outputs, { geometry, padded: true })),
        ofFilter,
      ),
    ).toBeLessThan(1e-5);
    tf.dispose([x, w, g]);
  });
});

test('sums channels and their spread where the mean is a thousand times the spread', async () => {
  const [rows, channels] = [5000, 6];
  const numbers = random(rows * channels, 4).map((value, i) =>
    Math.fround(value * (1 + (i % channels)) + 1000 * (i % channels)),
  );
  const { mean, variance } = moments(numbers, channels);
  const tensor = padded(numbers, channels);
  const sums = channelSums(tensor, 8);
  const squares = squaredDeviations(tensor, sums);
  const scaled = Array.from(await values(squares)).map((value) => value / rows);
  expect(relativeError(scaled.slice(0, channels), variance)).toBeLessThan(1e-5);
  const means = Array.from(await values(sums)).map((value) => value / rows);
  expect(relativeError(means.slice(0, channels), mean)).toBeLessThan(1e-6);
  tensor.dispose();
});
