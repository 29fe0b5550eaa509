import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { cast } from '../../../tests/support/cast.ts';
import { at, relativeError } from '../../../tests/support/conv-block-reference.ts';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import { stream } from '../../core/random/philox.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { groupNormalisation, type NormalisedOver } from './group-normalisation.ts';
import type { Element } from './storage.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

const OVER: NormalisedOver[] = [
  { kind: 'batch' },
  { kind: 'instance' },
  { kind: 'group', groups: 2 },
  { kind: 'group', groups: 1 },
];
const SHAPES = [
  [2, 3, 4, 5, 8],
  [3, 2, 1, 3, 6],
  [2, 5, 3, 2],
  [1, 9, 8, 7, 4],
];

const size = (shape: readonly number[]) => shape.reduce((all, length) => all * length, 1);

function random(length: number, index: number): Float64Array {
  const numbers = stream(43, 'normalisation', index);
  return Float64Array.from({ length }, () => Math.fround(numbers.uniform(-1, 1)));
}

interface Values {
  readonly input: Float64Array;
  readonly gamma: Float64Array;
  readonly beta: Float64Array;
}

/** Output in float64; with given statistics they stand for every volume's. */
function forward(
  { input, gamma, beta }: Values,
  shape: readonly number[],
  over: NormalisedOver,
  given?: { mean: Float64Array; variance: Float64Array },
): Float64Array {
  const channels = at(shape, shape.length - 1);
  const voxels = input.length / channels / at(shape, 0);
  const width = over.kind === 'group' ? channels / over.groups : 1;
  const keyOf = (i: number) => {
    const channel = i % channels;
    const volume = over.kind === 'batch' ? 0 : Math.floor(i / channels / voxels);
    return volume * channels + Math.floor(channel / width);
  };
  const members = new Map<number, number[]>();
  input.forEach((_, i) => members.set(keyOf(i), [...(members.get(keyOf(i)) ?? []), i]));
  const output = new Float64Array(input.length);
  for (const indices of members.values()) {
    const own = indices.reduce((sum, i) => sum + at(input, i), 0) / indices.length;
    const spread = indices.reduce((sum, i) => sum + (at(input, i) - own) ** 2, 0) / indices.length;
    for (const i of indices) {
      const c = i % channels;
      const [mean, variance] = given ? [at(given.mean, c), at(given.variance, c)] : [own, spread];
      output[i] = ((at(input, i) - mean) / Math.sqrt(variance + 1e-5)) * at(gamma, c) + at(beta, c);
    }
  }
  return output;
}

function setUp(shape: readonly number[]) {
  const channels = at(shape, shape.length - 1);
  const values: Values = {
    // Far from zero, where a variance in one pass has no digits left.
    input: random(size(shape), 1).map((value, i) => Math.fround(value + 10 * (i % channels))),
    gamma: random(channels, 2).map((value, channel) => (channel === 1 ? 1e-4 : value)),
    beta: random(channels, 3),
  };
  const slopes = random(size(shape), 4);
  const tensor = (data: Float64Array, of: readonly number[]) =>
    tf.tensor(Float32Array.from(data), [...of]);
  const tensors = [
    tensor(values.input, shape),
    tensor(values.gamma, [channels]),
    tensor(values.beta, [channels]),
  ] as const;
  return { values, slopes, received: tensor(slopes, shape), tensors, channels };
}

/** Central differences of the sum of output times slopes, in float64, along a direction. */
function derivative(score: (by: number) => number): number {
  const step = 1e-4;
  return (score(step) - score(-step)) / (2 * step);
}

describe.each(OVER)('%j', (over) => {
  test.each(SHAPES.map((shape) => ({ shape })))(
    'agrees with its definition on $shape',
    async ({ shape: numbers }) => {
      const { values, slopes, received, tensors, channels } = setUp(numbers);
      const run = (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor) => groupNormalisation(x, g, b, over);
      await device.settle();
      poisonRecycledBuffers();
      const { output, mean, variance } = run(...tensors);
      expect(output.shape).toEqual(numbers);
      expect(relativeError(await output.data(), forward(values, numbers, over))).toBeLessThan(1e-5);
      const volumes = over.kind === 'batch' ? 1 : at(numbers, 0);
      expect([mean.size, variance.size]).toEqual([volumes * channels, volumes * channels]);
      const found = tf.grads(
        (x, g, b) => run(x as tf.Tensor, g as tf.Tensor, b as tf.Tensor).output,
      )([...tensors], received);
      for (const [index, name] of (['input', 'gamma', 'beta'] as const).entries()) {
        const gradient = (await (found[index] as tf.Tensor).data()) as Float32Array;
        for (const seed of [10, 11]) {
          const direction = random(values[name].length, seed);
          const expected = derivative((by) => {
            const moved = values[name].map((value, i) => value + by * at(direction, i));
            const result = forward({ ...values, [name]: moved }, numbers, over);
            return result.reduce((sum, value, i) => sum + value * at(slopes, i), 0);
          });
          const along = gradient.reduce((sum, value, i) => sum + value * at(direction, i), 0);
          const norm = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0)) + 1e-3;
          expect(Math.abs(along - expected) / norm, name).toBeLessThan(2e-4);
        }
      }
      tf.dispose([output, mean, variance, received, ...tensors, ...found]);
    },
  );
});

test('with given statistics nothing flows through them', async () => {
  const shape = [2, 3, 2, 4, 8];
  const { values, received, slopes, tensors } = setUp(shape);
  const given = { mean: random(8, 5), variance: random(8, 6).map((value) => value + 1.5) };
  const statistics = {
    mean: tf.tensor1d(Float32Array.from(given.mean)),
    variance: tf.tensor1d(Float32Array.from(given.variance)),
  };
  const run = (x: tf.Tensor) =>
    groupNormalisation(x, tensors[1], tensors[2], { kind: 'batch' }, statistics).output;
  const output = run(tensors[0]);
  const expected = forward(values, shape, { kind: 'batch' }, given);
  expect(relativeError(await output.data(), expected)).toBeLessThan(1e-5);
  const gradient = tf.grad((x) => run(x))(tensors[0], received);
  const closed = slopes.map(
    (slope, i) => (slope * at(values.gamma, i % 8)) / Math.sqrt(at(given.variance, i % 8) + 1e-5),
  );
  expect(relativeError(await gradient.data(), closed)).toBeLessThan(1e-5);
  tf.dispose([output, gradient, received, ...tensors, ...Object.values(statistics)]);
});

test('without affine parameters', async () => {
  const shape = [2, 3, 4, 2, 4];
  const { values, tensors } = setUp(shape);
  const { output } = groupNormalisation(tensors[0], undefined, undefined, { kind: 'instance' });
  const plain = { ...values, gamma: new Float64Array(4).fill(1), beta: new Float64Array(4) };
  const expected = forward(plain, shape, { kind: 'instance' });
  expect(relativeError(await output.data(), expected)).toBeLessThan(1e-5);
});

test.each(['f16', 'packed'] as Element[])('in halves: %s', async (element) => {
  if (element === 'f16' && !device.report.halfPrecision) return;
  const shape = [2, 4, 3, 5, 8];
  const { slopes, received, tensors } = setUp(shape);
  // What a half holds: both sides start from the same numbers.
  const half = cast(tensors[0], element);
  const rounded = cast(half, 'f32');
  const [halfReceived, whole] = [cast(received, element), received];
  for (const over of OVER.slice(0, 3)) {
    const run = (x: tf.Tensor) => groupNormalisation(x, tensors[1], tensors[2], over).output;
    await device.settle();
    poisonRecycledBuffers();
    const [found, expected] = [cast(run(half), 'f32'), run(rounded)];
    expect(relativeError(await found.data(), await expected.data())).toBeLessThan(2e-3);
    const ofHalf = cast(tf.grad(run)(half, halfReceived), 'f32');
    const ofWhole = tf.grad(run)(rounded, whole);
    expect(relativeError(await ofHalf.data(), await ofWhole.data())).toBeLessThan(2e-3);
  }
  expect(slopes.length).toBe(size(shape));
});
