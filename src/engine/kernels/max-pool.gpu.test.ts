import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import pytorch from '../../../tests/fixtures/pooling-pytorch.json';
import { cast } from '../../../tests/support/cast.ts';
import { at, relativeError } from '../../../tests/support/conv-block-reference.ts';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import { stream } from '../../core/random/philox.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { watchingOverflow } from './half-tensors.ts';
import { maxPool, padMaxPoolGeometry, type MaxPoolOptions } from './max-pool.ts';
import type { Element } from './storage.ts';
import { windowGeometry } from './window.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

const sizeOf = (shape: readonly number[]) => shape.reduce((all, length) => all * length, 1);

/** Multiples of 1/64, which halves hold exactly; of 16 of them only where ties are wanted. */
function random(shape: readonly number[], index: number, levels = 128): Float32Array {
  const numbers = stream(50, 'max-pool', index);
  const draw = () => (Math.floor(numbers.uniform(0, levels)) - levels * 0.75) / 64;
  return Float32Array.from({ length: sizeOf(shape) }, draw);
}

/** By the definition, in float64: every window of the padded volume, in order. */
function reference(
  values: ArrayLike<number>,
  shape: readonly number[],
  options: MaxPoolOptions,
  received?: ArrayLike<number>,
) {
  const { window, stride, pad, input, output, channels, windows } = windowGeometry(shape, options);
  const size = windows * channels;
  const found = { output: new Float64Array(size), maxima: new Int32Array(size) };
  const gradient = new Float64Array(values.length);
  const [P, Q, R] = output;
  for (let i = 0; i < size; i++) {
    const row = Math.floor(i / channels);
    const place = [Math.floor(row / (Q * R)) % P, Math.floor(row / R) % Q, row % R];
    const batch = Math.floor(row / (P * Q * R));
    let best = -Infinity;
    let origin = -1;
    for (let tap = 0; tap < window[0] * window[1] * window[2]; tap++) {
      const taps = [
        Math.floor(tap / (window[1] * window[2])),
        Math.floor(tap / window[2]) % window[1],
        tap % window[2],
      ];
      const [x, y, z] = taps.map(
        (t, axis) => at(place, axis) * at(stride, axis) + t - at(pad, axis),
      ) as [number, number, number];
      const inside = x >= 0 && y >= 0 && z >= 0 && x < input[0] && y < input[1] && z < input[2];
      const voxel = (x * input[1] + y) * input[2] + z;
      const all = sizeOf(input);
      const outside = options.padValue === 'zero' ? 0 : -Infinity;
      const value = inside
        ? at(values, (batch * all + voxel) * channels + (i % channels))
        : outside;
      if (value > best) {
        best = value;
        origin = inside ? voxel : -1;
      }
    }
    found.output[i] = best;
    found.maxima[i] = origin;
    const from = (batch * sizeOf(input) + origin) * channels + (i % channels);
    if (origin >= 0) gradient[from] = at(gradient, from) + at(received ?? [], i);
  }
  return { ...found, gradient };
}

/** Twice, so that the second run gets dirty buffers. */
function run(input: tf.Tensor, options: MaxPoolOptions, received: tf.Tensor) {
  const once = () => ({
    ...maxPool(input, options),
    gradient: tf.grad((value) => maxPool(value, options).output)(input, received),
  });
  tf.dispose(once());
  poisonRecycledBuffers();
  return once();
}

const CASES: [string, number[], MaxPoolOptions][] = [
  ['windows that touch', [2, 4, 6, 8, 8], { window: 2 }],
  ['what windows leave out', [1, 5, 7, 3, 3], { window: 2 }],
  ['PadMaxPool on odd axes', [2, 5, 7, 3, 4], padMaxPoolGeometry([2, 5, 7, 3, 4])],
  ['PadMaxPool on axes of one voxel', [3, 1, 2, 1, 1], padMaxPoolGeometry([3, 1, 2, 1, 1])],
  ['PadMaxPool on images', [2, 5, 8, 4], padMaxPoolGeometry([2, 5, 8, 4])],
  ['one plane', [2, 1, 5, 8, 4], padMaxPoolGeometry([2, 1, 5, 8, 4], 2)],
  ['overlap', [2, 6, 5, 9, 16], { window: 3, stride: 2, padFront: 1, padBack: 1 }],
  ['overlap of all', [1, 3, 4, 5, 5], { window: 3, stride: 1, padFront: 1, padBack: 1 }],
  ['overlap on images', [1, 9, 8, 12], { window: 3, stride: 2, padFront: 1, padBack: 1 }],
  ['windows apart', [1, 9, 8, 7, 4], { window: [2, 1, 2], stride: [3, 4, 3], padBack: [1, 0, 0] }],
  ['a long window', [1, 8, 6, 4, 1], { window: [5, 4, 1], stride: [2, 1, 1], padFront: [4, 2, 0] }],
  [
    'zeros all around',
    [1, 5, 4, 3, 4],
    { window: 3, stride: 2, padFront: 2, padBack: 1, padValue: 'zero' },
  ],
];

describe.each(CASES)('%s: %j, %j', (_, shape, options) => {
  const { outputShape } = windowGeometry(shape, options);
  const received = random(outputShape, 2);

  test.each([128, 16])('in f32, of %d values', async (levels) => {
    const input = random(shape, 1, levels);
    const expected = reference(input, shape, options, received);
    const tensors = [tf.tensor(input, shape), tf.tensor(received, outputShape)] as const;
    const found = run(tensors[0], options, tensors[1]);
    expect(found.output.shape).toEqual(outputShape);
    expect(await found.output.data()).toEqual(Float32Array.from(expected.output));
    expect(await found.maxima.data()).toEqual(expected.maxima);
    expect(found.gradient.shape).toEqual(shape);
    expect(await found.gradient.data()).toEqual(Float32Array.from(expected.gradient));
    tf.dispose([...tensors, found.output, found.maxima, found.gradient]);
  });
});

describe.each(CASES.filter(([, shape]) => (shape.at(-1) ?? 1) % 4 === 0))(
  '%s in halves: %j, %j',
  (_, shape, options) => {
    test.for(['f16', 'packed'] as Element[])('%s', async (element, { skip }) => {
      if (element === 'f16' && !device.report.halfPrecision) skip('no shader-f16 here');
      const { outputShape } = windowGeometry(shape, options);
      const [input, received] = [random(shape, 3), random(outputShape, 2)];
      const expected = reference(input, shape, options, received);
      const halves = [
        cast(tf.tensor(input, shape), element),
        cast(tf.tensor(received, outputShape), element),
      ] as const;
      const found = run(halves[0], options, halves[1]);
      expect(await cast(found.output, 'f32').data()).toEqual(Float32Array.from(expected.output));
      expect(await found.maxima.data()).toEqual(expected.maxima);
      const gradient = await cast(found.gradient, 'f32').data();
      expect(relativeError(gradient, expected.gradient)).toBeLessThan(2e-3);
    });
  },
);

test('the gradient is the slope of the sums, by central differences', async () => {
  const shape = [1, 5, 4, 3, 3];
  const options: MaxPoolOptions = { window: 3, stride: 2, padFront: 1, padBack: 1 };
  // All different, so that no maximum moves.
  const input = Float64Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 77) % 180) / 64 - 2);
  const { outputShape } = windowGeometry(shape, options);
  const received = random(outputShape, 4);
  const sum = (values: Float64Array) =>
    reference(values, shape, options).output.reduce((all, v, i) => all + v * at(received, i), 0);
  const expected = input.map((value, i) => {
    const moved = (by: number) => sum(input.with(i, value + by));
    return (moved(1e-4) - moved(-1e-4)) / 2e-4;
  });
  const gradient = tf.grad((value) => maxPool(value, options).output)(
    tf.tensor(Float32Array.from(input), shape),
    tf.tensor(received, outputShape),
  );
  expect(relativeError(await gradient.data(), expected)).toBeLessThan(1e-5);
});

test.each(pytorch.maxPool)(
  'as PyTorch: window $window, stride $stride of $shape',
  async (given) => {
    const { window, stride, padding } = given;
    await compare(given, { window, stride, padFront: padding, padBack: padding });
  },
);

test.each(pytorch.padMaxPool)('as PadMaxPool of $shape in PyTorch', async (given) => {
  await compare(given, padMaxPoolGeometry(given.shape));
  expect(given.maxima.some((place) => place < 0)).toBe(given.shape.some(isOddAxis));
});

const isOddAxis = (length: number, axis: number, { length: rank }: readonly number[]) =>
  axis > 0 && axis < rank - 1 && length % 2 === 1;

async function compare(
  given: (typeof pytorch.maxPool)[number] | (typeof pytorch.padMaxPool)[number],
  options: MaxPoolOptions,
): Promise<void> {
  const input = tf.tensor(given.input, given.shape);
  const received = tf.tensor(given.received, given.outputShape);
  const { output, maxima, gradient } = run(input, options, received);
  expect(output.shape).toEqual(given.outputShape);
  expect([...(await output.data())]).toEqual(given.output);
  expect([...(await maxima.data())]).toEqual(given.maxima);
  expect(relativeError(await gradient.data(), given.gradient)).toBeLessThan(1e-5);
}

test('a gradient too large for a half is told', async () => {
  const element = device.report.halfPrecision ? 'f16' : 'packed';
  const input = cast(tf.tensor([0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 3, 4]), element);
  const options: MaxPoolOptions = { window: [1, 3], stride: 1, padFront: [0, 1], padBack: [0, 1] };
  const slope = (size: number) => cast(tf.fill([1, 1, 3, 4], size), element);
  for (const [size, told] of [
    [20_000, 0],
    [30_000, 1],
  ] as const) {
    const raised = tf.zeros([1], 'int32');
    const gradient = watchingOverflow(raised, () =>
      tf.grad((value) => maxPool(value, options).output)(input, slope(size)),
    );
    // Three windows have the middle voxel as their maximum.
    const middle = (await cast(gradient, 'f32').data())[4];
    expect(middle).toBe(Math.min(3 * size, 65_504) === 3 * size ? 60_000 : 65_504);
    expect((await raised.data())[0]).toBe(told);
  }
});

test('leaves no tensor behind', () => {
  const input = tf.tensor(random([1, 3, 4, 5, 4], 5), [1, 3, 4, 5, 4]);
  const before = tf.memory().numTensors;
  const { output, maxima } = maxPool(input, { window: 2 });
  tf.dispose([output, maxima]);
  tf.dispose(
    tf.grad((value) => maxPool(value, { window: 2 }).output)(input, tf.ones([1, 1, 2, 2, 4])),
  );
  // The ones are the test's.
  expect(tf.memory().numTensors).toBe(before + 1);
});

test('refuses what has no meaning', () => {
  const images = tf.ones([1, 2, 2, 4]);
  expect(() => maxPool(images, { window: 3 })).toThrow('NETWORK_INPUT');
  expect(() => maxPool(images, { window: 2, padFront: 2 })).toThrow(RangeError);
  expect(() => maxPool(images, { window: [2, 2, 2] })).toThrow(RangeError);
  expect(() => maxPool(tf.ones([4, 4, 4]), { window: 2 })).toThrow(RangeError);
});
