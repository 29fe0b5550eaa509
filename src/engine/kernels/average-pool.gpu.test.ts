import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import pytorch from '../../../tests/fixtures/pooling-pytorch.json';
import { cast } from '../../../tests/support/cast.ts';
import { at, relativeError } from '../../../tests/support/conv-block-reference.ts';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import { stream } from '../../core/random/philox.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { averagePool, globalAveragePool, type AveragePoolOptions } from './average-pool.ts';
import { watchingOverflow } from './half-tensors.ts';
import type { Element } from './storage.ts';
import { windowGeometry } from './window.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

const sizeOf = (shape: readonly number[]) => shape.reduce((all, length) => all * length, 1);

/** Multiples of 1/64, which halves hold exactly. */
function random(shape: readonly number[], index: number): Float32Array {
  const numbers = stream(52, 'average-pool', index);
  const draw = () => Math.round(numbers.uniform(-32, 96)) / 64;
  return Float32Array.from({ length: sizeOf(shape) }, draw);
}

/** Calls back for each number that a mean is taken over: indices of both, and what it counts. */
function weights(
  shape: readonly number[],
  options: AveragePoolOptions,
  add: (output: number, input: number, weight: number) => void,
): void {
  const { window, stride, pad, input, output, channels, windows } = windowGeometry(shape, options);
  const [X, Y, Z] = input;
  for (let row = 0; row < windows; row++) {
    const r = row % output[2];
    const q = Math.floor(row / output[2]) % output[1];
    const p = Math.floor(row / (output[2] * output[1])) % output[0];
    const batch = Math.floor(row / sizeOf(output));
    const covered: number[] = [];
    for (let x = p * stride[0] - pad[0]; x < p * stride[0] - pad[0] + window[0]; x++)
      for (let y = q * stride[1] - pad[1]; y < q * stride[1] - pad[1] + window[1]; y++)
        for (let z = r * stride[2] - pad[2]; z < r * stride[2] - pad[2] + window[2]; z++) {
          if (Math.min(x, y, z) < 0 || x >= X || y >= Y || z >= Z) continue;
          covered.push(((batch * X + x) * Y + y) * Z + z);
        }
    const count = options.countIncludePad === false ? covered.length : sizeOf(window);
    for (const voxel of covered)
      for (let c = 0; c < channels; c++) add(row * channels + c, voxel * channels + c, 1 / count);
  }
}

function forwardOf(
  values: ArrayLike<number>,
  shape: readonly number[],
  options: AveragePoolOptions,
) {
  const result = new Float64Array(sizeOf(windowGeometry(shape, options).outputShape));
  weights(shape, options, (o, i, weight) => {
    result[o] = at(result, o) + weight * at(values, i);
  });
  return result;
}

function gradientOf(
  received: ArrayLike<number>,
  shape: readonly number[],
  options: AveragePoolOptions,
) {
  const result = new Float64Array(sizeOf(shape));
  weights(shape, options, (o, i, weight) => {
    result[i] = at(result, i) + weight * at(received, o);
  });
  return result;
}

type Pool = (input: tf.Tensor) => tf.Tensor;

/** Twice, so that the second run gets dirty buffers. */
function run(pool: Pool, input: tf.Tensor, received: tf.Tensor) {
  const once = () => ({ output: pool(input), gradient: tf.grad(pool)(input, received) });
  tf.dispose(once());
  poisonRecycledBuffers();
  return once();
}

const CASES: [string, number[], AveragePoolOptions][] = [
  ['windows that touch', [2, 4, 6, 8, 8], { window: 2 }],
  ['what windows leave out', [1, 5, 7, 3, 3], { window: 2 }],
  ['overlap', [2, 6, 5, 9, 16], { window: 3, stride: 2, padFront: 1, padBack: 1 }],
  [
    'padding that does not count',
    [1, 3, 4, 5, 5],
    { window: 3, stride: 1, padFront: 1, padBack: 1, countIncludePad: false },
  ],
  ['images', [1, 9, 8, 12], { window: 3, stride: 2, padFront: 1, padBack: 1 }],
  [
    'padding at the back of images',
    [2, 5, 7, 4],
    { window: [2, 3], padBack: [1, 2], countIncludePad: false },
  ],
  ['windows apart', [1, 9, 8, 7, 4], { window: [2, 1, 2], stride: [3, 4, 3] }],
  ['one channel', [1, 8, 6, 4, 1], { window: [5, 4, 1], stride: [2, 1, 1], padFront: [4, 2, 0] }],
];

describe.each(CASES)('%s: %j, %j', (_, shape, options) => {
  const { outputShape } = windowGeometry(shape, options);
  const [input, received] = [random(shape, 1), random(outputShape, 2)];
  const pool: Pool = (value) => averagePool(value, options);

  test('agrees with sums in float64, forward and backward', async () => {
    const tensors = [tf.tensor(input, shape), tf.tensor(received, outputShape)] as const;
    const { output, gradient } = run(pool, ...tensors);
    expect(output.shape).toEqual(outputShape);
    expect(gradient.shape).toEqual(shape);
    expect(relativeError(await output.data(), forwardOf(input, shape, options))).toBeLessThan(1e-5);
    const expected = gradientOf(received, shape, options);
    expect(relativeError(await gradient.data(), expected)).toBeLessThan(1e-5);
  });

  test('the gradient is the slope of the sums, by central differences', () => {
    const voxel = Math.floor(input.length / 2);
    const sum = (by: number) =>
      forwardOf(input.with(voxel, at(input, voxel) + by), shape, options).reduce(
        (all, value, i) => all + value * at(received, i),
        0,
      );
    const slope = sum(0.5) - sum(-0.5);
    expect(slope).toBeCloseTo(at(gradientOf(received, shape, options), voxel), 10);
  });
});

const HALVES = ['f16', 'packed'] as Element[];

describe.each(CASES.filter(([, shape]) => (shape.at(-1) ?? 1) % 4 === 0))(
  '%s in halves: %j, %j',
  (_, shape, options) => {
    test.for(HALVES)('%s', async (element, { skip }) => {
      if (element === 'f16' && !device.report.halfPrecision) skip('no shader-f16 here');
      const { outputShape } = windowGeometry(shape, options);
      const [input, received] = [random(shape, 1), random(outputShape, 2)];
      const half = (numbers: Float32Array, of: number[]) => cast(tf.tensor(numbers, of), element);
      const found = run(
        (value) => averagePool(value, options),
        half(input, shape),
        half(received, outputShape),
      );
      const output = await cast(found.output, 'f32').data();
      expect(relativeError(output, forwardOf(input, shape, options))).toBeLessThan(2e-3);
      const gradient = await cast(found.gradient, 'f32').data();
      expect(relativeError(gradient, gradientOf(received, shape, options))).toBeLessThan(2e-3);
    });
  },
);

/** Means over volumes, and the received gradient spread over them. */
function globalReference(values: Float32Array, shape: readonly number[], received: Float32Array) {
  const [batch = 1, channels = 1] = [shape[0], shape.at(-1)];
  const voxels = values.length / batch / channels;
  const output = new Float64Array(batch * channels);
  const place = (i: number) => Math.floor(i / channels / voxels) * channels + (i % channels);
  values.forEach((value, i) => {
    output[place(i)] = at(output, place(i)) + value / voxels;
  });
  return { output, gradient: Float64Array.from(values, (_, i) => at(received, place(i)) / voxels) };
}

const VOLUMES = [
  [1, 1, 1, 1, 1],
  [2, 3, 4, 5, 3],
  [3, 5, 7, 8],
  [2, 40, 33, 37, 8],
  [1, 64, 60, 50, 1],
];

describe.each(VOLUMES.map((shape) => ({ shape })))('means of all of $shape', ({ shape }) => {
  const received = random([shape[0] ?? 1, shape.at(-1) ?? 1], 4);
  const of = [shape[0] ?? 1, shape.at(-1) ?? 1];
  const input = random(shape, 3);
  const expected = globalReference(input, shape, received);

  test('agree with sums in float64, forward and backward', async () => {
    const tensors = [tf.tensor(input, shape), tf.tensor(received, of)] as const;
    const { output, gradient } = run(globalAveragePool, ...tensors);
    expect(output.shape).toEqual(of);
    expect(gradient.shape).toEqual(shape);
    expect(relativeError(await output.data(), expected.output)).toBeLessThan(1e-5);
    expect(relativeError(await gradient.data(), expected.gradient)).toBeLessThan(1e-5);
    // The same bits again.
    expect(await globalAveragePool(tensors[0]).data()).toEqual(await output.data());
  });

  test.for((shape.at(-1) ?? 1) % 4 === 0 ? HALVES : [])('in %s', async (element, { skip }) => {
    if (element === 'f16' && !device.report.halfPrecision) skip('no shader-f16 here');
    const half = cast(tf.tensor(input, shape), element);
    // As a scaled loss has them: what a voxel of many gets is small for a half.
    const scaled = received.map((value) => 1024 * value);
    const { output, gradient } = run(globalAveragePool, half, tf.tensor(scaled, of));
    // Sums of halves are f32, and so is their mean.
    expect(relativeError(await output.data(), expected.output)).toBeLessThan(1e-5);
    const slopes = expected.gradient.map((value) => 1024 * value);
    expect(relativeError(await cast(gradient, 'f32').data(), slopes)).toBeLessThan(2e-3);
  });
});

test.each(pytorch.averagePool)(
  'as PyTorch: window $window, stride $stride of $shape',
  async (given) => {
    const { window, stride, padding, countIncludePad } = given;
    const options = { window, stride, padFront: padding, padBack: padding, countIncludePad };
    const input = tf.tensor(given.input, given.shape);
    const received = tf.tensor(given.received, given.outputShape);
    const { output, gradient } = run((value) => averagePool(value, options), input, received);
    expect(output.shape).toEqual(given.outputShape);
    expect(relativeError(await output.data(), given.output)).toBeLessThan(1e-6);
    expect(relativeError(await gradient.data(), given.gradient)).toBeLessThan(1e-6);
  },
);

test.each(pytorch.globalAverage)('as PyTorch: means of all of $shape', async (given) => {
  const of = [given.outputShape[0] ?? 1, given.outputShape.at(-1) ?? 1];
  const input = tf.tensor(given.input, given.shape);
  const { output, gradient } = run(globalAveragePool, input, tf.tensor(given.received, of));
  expect(relativeError(await output.data(), given.output)).toBeLessThan(1e-6);
  expect(relativeError(await gradient.data(), given.gradient)).toBeLessThan(1e-6);
});

test('a gradient too large for a half is told', async () => {
  const element = device.report.halfPrecision ? 'f16' : 'packed';
  const input = cast(tf.zeros([1, 1, 1, 4]), element);
  for (const [size, told] of [
    [60_000, 0],
    [80_000, 1],
  ] as const) {
    const raised = tf.zeros([1], 'int32');
    const gradient = watchingOverflow(raised, () =>
      tf.grad(globalAveragePool)(input, tf.fill([1, 4], size)),
    );
    const expected = Math.min(size, 65_504);
    expect([...(await cast(gradient, 'f32').data())]).toEqual(new Array(4).fill(expected));
    expect((await raised.data())[0]).toBe(told);
  }
});

test('leaves no tensor behind', () => {
  const input = tf.ones([1, 4, 4, 4, 4]);
  const [means, all] = [tf.ones([1, 2, 2, 2, 4]), tf.ones([1, 4])];
  const before = tf.memory().numTensors;
  const pool: Pool = (value) => averagePool(value, { window: 2 });
  tf.dispose([pool(input), globalAveragePool(input)]);
  tf.dispose([tf.grad(pool)(input, means), tf.grad(globalAveragePool)(input, all)]);
  expect(tf.memory().numTensors).toBe(before);
});
