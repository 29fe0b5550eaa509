import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import pytorch from '../../../tests/fixtures/pooling-pytorch.json';
import { cast } from '../../../tests/support/cast.ts';
import { at, relativeError } from '../../../tests/support/conv-block-reference.ts';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import { stream } from '../../core/random/philox.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { maxPool, padMaxPoolGeometry } from './max-pool.ts';
import { maxUnpool } from './max-unpool.ts';
import type { Element } from './storage.ts';
import { windowGeometry, type WindowOptions } from './window.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

const sizeOf = (shape: readonly number[]) => shape.reduce((all, length) => all * length, 1);

/** Multiples of 1/64, most of them negative: padded zeros are often the maximum. */
function random(shape: readonly number[], index: number): Float32Array {
  const numbers = stream(51, 'max-unpool', index);
  const draw = () => Math.floor(numbers.uniform(-48, 32)) / 64;
  return Float32Array.from({ length: sizeOf(shape) }, draw);
}

/**
 * ClinicaDL's way, in float64: the pooled volume is padded in front, maxima are counted in it,
 * unpooling fills it, and then it is cropped.
 */
function reference(
  pooled: ArrayLike<number>,
  shape: readonly number[],
  values: ArrayLike<number>,
  received: ArrayLike<number>,
) {
  const spatial = shape.length === 4 ? [1, ...shape.slice(1, 3)] : shape.slice(1, 4);
  const windows = shape.length === 4 ? [1, 2, 2] : [2, 2, 2];
  const [batch = 1, channels = 1] = [shape[0], shape.at(-1)];
  const [pads, lengths] = [
    spatial.map((length, axis) => length % at(windows, axis)),
    spatial.map((length, axis) => Math.ceil(length / at(windows, axis))),
  ];
  const [P, Q, R] = lengths as [number, number, number];
  const output = new Float64Array(sizeOf(shape));
  const gradient = new Float64Array(batch * P * Q * R * channels);
  for (let i = 0; i < gradient.length; i++) {
    const row = Math.floor(i / channels);
    const window = [Math.floor(row / (Q * R)) % P, Math.floor(row / R) % Q, row % R];
    const volume = Math.floor(row / (P * Q * R));
    let best = -Infinity;
    let target: number | undefined;
    for (let tap = 0; tap < sizeOf(windows); tap++) {
      const steps = [tap >> 2, (tap >> 1) & 1, tap & 1];
      const [x, y, z] = steps.map(
        (step, axis) => at(window, axis) * at(windows, axis) + step - at(pads, axis),
      ) as [number, number, number];
      const cropped = Math.min(x, y, z) < 0;
      const voxel = (x * at(spatial, 1) + y) * at(spatial, 2) + z;
      const index = (volume * sizeOf(spatial) + voxel) * channels + (i % channels);
      const value = cropped ? 0 : at(pooled, index);
      if (value > best) {
        best = value;
        target = cropped ? undefined : index;
      }
    }
    if (target === undefined) continue;
    output[target] = at(values, i);
    gradient[i] = at(received, target);
  }
  return { output, gradient };
}

function run(input: tf.Tensor, maxima: tf.Tensor, received: tf.Tensor, windows?: WindowOptions) {
  const { shape } = received;
  const once = () => ({
    output: maxUnpool(input, maxima, shape, windows),
    gradient: tf.grad((value) => maxUnpool(value, maxima, shape, windows))(input, received),
  });
  tf.dispose(once());
  poisonRecycledBuffers();
  return once();
}

const SHAPES = [
  [2, 4, 6, 8, 8],
  [2, 5, 3, 7, 4],
  [1, 5, 4, 3, 3],
  [3, 3, 1, 2, 1],
  [2, 7, 4, 4],
  [1, 5, 5, 6],
];

describe.each(SHAPES.map((shape) => ({ shape })))('$shape', ({ shape }) => {
  const pooledShape = windowGeometry(shape, padMaxPoolGeometry(shape)).outputShape;
  const [pooled, values] = [random(shape, 1), random(pooledShape, 2)];
  const received = random(shape, 3);
  const expected = reference(pooled, shape, values, received);
  const maximaOf = () => maxPool(tf.tensor(pooled, shape), padMaxPoolGeometry(shape)).maxima;

  test('agrees with padding, unpooling and cropping', async () => {
    const tensors = [
      tf.tensor(values, pooledShape),
      maximaOf(),
      tf.tensor(received, shape),
    ] as const;
    const found = run(...tensors);
    expect(await found.output.data()).toEqual(Float32Array.from(expected.output));
    expect(await found.gradient.data()).toEqual(Float32Array.from(expected.gradient));
    expect(expected.gradient.some((value) => value !== 0)).toBe(true);
  });

  test('the gradient is the slope of the sums, by central differences', () => {
    const sum = (moved: Float32Array) =>
      reference(pooled, shape, moved, received).output.reduce(
        (all, value, i) => all + value * at(received, i),
        0,
      );
    const some = values.map((_, i) => i).filter((i) => i % Math.ceil(values.length / 16) === 0);
    const slopes = some.map(
      (i) => (sum(values.with(i, at(values, i) + 1)) - sum(values.with(i, at(values, i) - 1))) / 2,
    );
    const gradient = [...some].map((i) => at(expected.gradient, i));
    expect(relativeError(slopes, gradient)).toBeLessThan(1e-6);
  });
});

describe.each(
  SHAPES.filter((shape) => at(shape, shape.length - 1) % 4 === 0).map((shape) => ({ shape })),
)('$shape in halves', ({ shape }) => {
  test.for(['f16', 'packed'] as Element[])('%s', async (element, { skip }) => {
    if (element === 'f16' && !device.report.halfPrecision) skip('no shader-f16 here');
    const { maxima, output } = maxPool(
      cast(tf.tensor(random(shape, 1), shape), element),
      padMaxPoolGeometry(shape),
    );
    const [values, received] = [random(output.shape, 2), random(shape, 3)];
    const expected = reference(random(shape, 1), shape, values, received);
    const half = (numbers: Float32Array, of: number[]) => cast(tf.tensor(numbers, of), element);
    const found = run(half(values, output.shape), maxima, half(received, shape));
    expect(await cast(found.output, 'f32').data()).toEqual(Float32Array.from(expected.output));
    expect(await cast(found.gradient, 'f32').data()).toEqual(Float32Array.from(expected.gradient));
  });
});

test.each(pytorch.maxUnpool)('as PyTorch: $outputShape, padded as $pads', async (given) => {
  const pooledShape = given.shape;
  const maxima = tf.tensor(given.maxima, pooledShape, 'int32');
  const windows = given.pads === 'none' ? { window: 2 } : undefined;
  const received = tf.tensor(given.received, given.outputShape);
  const found = run(tf.tensor(given.input, pooledShape), maxima, received, windows);
  expect(found.output.shape).toEqual(given.outputShape);
  expect([...(await found.output.data())]).toEqual(given.output);
  expect([...(await found.gradient.data())]).toEqual(given.gradient);
});

test('pooling and unpooling in one network are differentiated together', async () => {
  const shape = [2, 5, 4, 3, 4];
  const [input, received] = [random(shape, 4), random(shape, 5)];
  const network = (value: tf.Tensor) => {
    const { output, maxima } = maxPool(value, padMaxPoolGeometry(shape));
    return maxUnpool(tf.mul(output, 2), maxima, shape);
  };
  const gradient = tf.grad(network)(tf.tensor(input, shape), tf.tensor(received, shape));
  const output = await network(tf.tensor(input, shape)).data();
  // A maximum goes through as it is; what is zero was no maximum, or is 0 itself.
  const { output: kept } = reference(
    input,
    shape,
    new Float64Array(input.length).fill(1),
    received,
  );
  expect([...output]).toEqual([...input].map((value, i) => (kept[i] === 1 ? 2 * value : 0)));
  expect([...(await gradient.data())]).toEqual(
    [...received].map((value, i) => (kept[i] === 1 ? 2 * value : 0)),
  );
});

test('leaves no tensor behind', () => {
  const shape = [1, 4, 4, 4, 4];
  const { output, maxima } = maxPool(tf.ones(shape), { window: 2 });
  const received = tf.ones(shape);
  const before = tf.memory().numTensors;
  tf.dispose(maxUnpool(output, maxima, shape));
  tf.dispose(tf.grad((value) => maxUnpool(value, maxima, shape))(output, received));
  expect(tf.memory().numTensors).toBe(before);
});

test('refuses what has no meaning', () => {
  const shape = [1, 5, 5, 5, 4];
  const { output, maxima } = maxPool(tf.ones(shape), { window: 3, stride: 2 });
  expect(() => maxUnpool(output, maxima, shape, { window: 3, stride: 2 })).toThrow('overlap');
  expect(() => maxUnpool(output, maxima, shape)).toThrow(RangeError);
});
