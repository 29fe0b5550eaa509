import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { relativeError } from '../../../tests/support/conv-block-reference.ts';
import { openTestDevice } from '../../../tests/support/gpu.ts';
import type { EngineDevice } from './engine-device.ts';
import { agrees, random } from '../../../tests/support/tfjs-agreement.ts';

/** Shapes that stock kernels were called with, under our own. */
let reached: number[][] = [];

let device: EngineDevice;
beforeAll(async () => {
  for (const config of tf.getKernelsForBackend('webgpu')) {
    tf.unregisterKernel(config.kernelName, 'webgpu');
    const kernelFunc: tf.KernelFunc = (call) => {
      reached = Object.values(call.inputs).flatMap((input) => [input?.shape ?? []]);
      return config.kernelFunc(call);
    };
    tf.registerKernel({ ...config, kernelFunc });
  }
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

const FIVE = [2, 3, 5, 4, 3];
const QUADS = [2, 1, 3, 2, 8];
const SIX = [2, 3, 1, 5, 2, 3];

/** Shapes of both operands. */
const PATTERNS: [number[], number[]][] = [
  [FIVE, FIVE],
  [FIVE, []],
  [[3], FIVE],
  [QUADS, [8]],
  [FIVE, [2, 1, 1, 1, 3]],
  [QUADS, [2, 1, 1, 1, 1]],
  [[1, 3, 1, 4, 1], FIVE],
  [
    [2, 1, 5, 1, 3],
    [3, 5, 4, 1],
  ],
  [[1, 1, 1, 1, 1], [1]],
  [SIX, [3]],
  [SIX, [3, 1, 5, 1, 1]],
];

type Pair = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const DIFFERENTIABLE: Record<string, [of: Pair, low: number, high: number]> = {
  add: [tf.add, -2, 2],
  sub: [tf.sub, -2, 2],
  mul: [tf.mul, -2, 2],
  div: [tf.div, 0.5, 2],
  pow: [tf.pow, 0.5, 2],
  mod: [tf.mod, 0.5, 7],
  where: [(a, b) => tf.where(tf.less(b, 0), a, b), -2, 2],
};

/** Their gradients, where they have one, have no rule for broadcast operands on any backend. */
const OTHERS: Record<string, [of: Pair, low: number, high: number]> = {
  maximum: [tf.maximum, -2, 2],
  minimum: [tf.minimum, -2, 2],
  squaredDifference: [tf.squaredDifference, -2, 2],
  atan2: [tf.atan2, -2, 2],
  floorDiv: [tf.floorDiv, 0.5, 7],
  greater: [tf.greater, -2, 2],
  greaterEqual: [tf.greaterEqual, -2, 2],
  less: [tf.less, -2, 2],
  lessEqual: [tf.lessEqual, -2, 2],
  equal: [(a, b) => tf.equal(tf.round(a), tf.round(b)), -2, 2],
  notEqual: [(a, b) => tf.notEqual(tf.round(a), tf.round(b)), -2, 2],
  logicalAnd: [(a, b) => tf.logicalAnd(tf.greater(a, 0), tf.greater(b, 0)), -2, 2],
  logicalOr: [(a, b) => tf.logicalOr(tf.greater(a, 0), tf.greater(b, 0)), -2, 2],
};

/** WGSL asks less of these; and the gradient of mod is a sum of what nearly cancels. */
const ERRORS: Record<string, number> = { pow: 1e-5, atan2: 1e-4, mod: 3e-6 };

describe.each(PATTERNS)('%j with %j', (a, b) => {
  const inputs = (low: number, high: number) =>
    [a, b].map((shape) => ({ shape, range: [low, high] as const }));

  test.each(Object.keys(DIFFERENTIABLE))('%s, with gradients', async (name) => {
    const [of, low, high] = DIFFERENTIABLE[name] as [Pair, number, number];
    const error = ERRORS[name] ?? 1e-6;
    // A comparison has no gradient, and tfjs wants one of the condition.
    const gradients = name === 'where' ? [0] : [0, 1];
    await agrees({ of, inputs: inputs(low, high), gradients, error });
  });

  test.each(Object.keys(OTHERS))('%s', async (name) => {
    const [of, low, high] = OTHERS[name] as [Pair, number, number];
    await agrees({ of, inputs: inputs(low, high), error: ERRORS[name] ?? 1e-6 });
  });

  test.each(['add', 'sub', 'mul', 'maximum', 'floorDiv', 'mod', 'less'] as const)(
    '%s of int32',
    async (name) => {
      const whole = [a, b].map((shape) => ({ shape, range: [1, 90], dtype: 'int32' }) as const);
      await agrees({ of: tf[name] as Pair, inputs: whole });
    },
  );

  test('prelu, with gradients', async () => {
    const [whole, slopes] = a.length > b.length ? [a, b] : [b, a];
    if (slopes.length === 0 || whole.some((length, axis) => length < (slopes[axis] ?? 1))) return;
    await agrees({
      of: (x, alpha) => tf.prelu(x as tf.Tensor, alpha as tf.Tensor),
      inputs: [{ shape: whole }, { shape: slopes }],
      gradients: [0, 1],
    });
  });
});

type Unary = (x: tf.Tensor) => tf.Tensor;

const UNARY: Record<string, [of: Unary, low: number, high: number]> = {
  leakyRelu: [(x) => tf.leakyRelu(x, 0.3), -2, 2],
  elu: [tf.elu, -2, 2],
  selu: [tf.selu, -2, 2],
  relu: [tf.relu, -2, 2],
  relu6: [tf.relu6, -2, 8],
  sigmoid: [tf.sigmoid, -2, 2],
  tanh: [tf.tanh, -2, 2],
  softplus: [tf.softplus, -2, 2],
  abs: [tf.abs, -2, 2],
  exp: [tf.exp, -2, 2],
  log: [tf.log, 0.5, 2],
  sqrt: [tf.sqrt, 0.5, 2],
  square: [tf.square, -2, 2],
  neg: [tf.neg, -2, 2],
  clipByValue: [(x) => tf.clipByValue(x, -1, 1), -2, 2],
  fill: [(x) => tf.mul(x, tf.fill(x.shape, 3)), -2, 2],
  cast: [(x) => tf.mul(x, tf.cast(tf.cast(tf.round(x), 'bool'), 'float32')), -1, 1],
  softmax: [(x) => tf.softmax(x), -2, 2],
  logSoftmax: [(x) => tf.logSoftmax(x), -2, 2],
  'sum over voxels': [(x) => tf.sum(x, [0, 1, 2, 3]), -2, 2],
  'sum over some': [(x) => tf.sum(x, [1, 3], true), -2, 2],
  'mean over space': [(x) => tf.mean(x, [1, 2, 3]), -2, 2],
  'max over space': [(x) => tf.max(x, [1, 2, 3]), -2, 2],
  'min over channels': [(x) => tf.min(x, -1, true), -2, 2],
  variance: [(x) => tf.moments(x, [0, 1, 2, 3], true).variance, -2, 2],
};

describe.each([[FIVE], [QUADS], [SIX]])('%j', (shape) => {
  test.each(Object.keys(UNARY))('%s, with its gradient', async (name) => {
    const [of, low, high] = UNARY[name] as [Unary, number, number];
    await agrees({ of, inputs: [{ shape, range: [low, high] }], gradients: [0] });
  });

  test('batch normalisation, with gradients', async () => {
    const channel = { shape: shape.slice(-1), range: [0.5, 2] } as const;
    const composed = (...[x, mean, variance, offset, scale]: tf.Tensor[]) => {
      const normal = tf.mul(
        tf.sub(x as tf.Tensor, mean as tf.Tensor),
        tf.rsqrt(tf.add(variance as tf.Tensor, 1e-3)),
      );
      return tf.add(tf.mul(normal, scale as tf.Tensor), offset as tf.Tensor);
    };
    const stock = (...[x, mean, variance, offset, scale]: tf.Tensor[]) =>
      tf.batchNorm(
        x as tf.Tensor,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as never,
        scale as never,
        1e-3,
      );
    // The gradient of stock is ours on the processor too: there it is composed.
    const of = (...inputs: tf.Tensor[]) =>
      (tf.getBackend() === 'cpu' ? composed : stock)(...inputs);
    const inputs = [{ shape }, channel, channel, channel, channel];
    await agrees({ of, inputs, gradients: [0, 1, 2, 3, 4], error: 2e-6 });
  });
});

test.each([
  ['mask over space', [2, 3, 4, 5, 2], [1, 2, 3]],
  ['mask, kept', [2, 3, 4], [0]],
] as const)('reductions of int32 and bool: %s', async (_, shape, axes) => {
  const inputs = [{ shape, range: [-2, 3], dtype: 'int32' }] as const;
  const over = [...axes];
  for (const of of [tf.sum, tf.max, tf.min, tf.prod, tf.mean]) {
    for (const kept of [true, false]) {
      await agrees({ of: (x) => of(x as tf.Tensor, over, kept), inputs });
    }
  }
  for (const of of [tf.any, tf.all]) {
    await agrees({ of: (x) => of(tf.greater(x as tf.Tensor, -2), over, true), inputs });
  }
  // To tfjs the same buffer under another name.
  const counted = (x?: tf.Tensor) => tf.cast(tf.greater(x as tf.Tensor, 0), 'float32');
  await agrees({ of: (x) => tf.sum(counted(x), over), inputs });
  await agrees({ of: (x) => tf.argMax(x as tf.Tensor, over[0]), inputs });
});

test('rank 4 and less reach stock kernels as they are', () => {
  const four = random({ shape: [2, 3, 4, 5] });
  const calls: [() => tf.Tensor | tf.Tensor[], number[][]][] = [
    [() => tf.add(four, random({ shape: [5] })), [[2, 3, 4, 5], [5]]],
    [() => tf.mul(random({ shape: [3, 1] }), random({ shape: [4] })), [[3, 1], [4]]],
    [() => tf.prelu(four, random({ shape: [5] })), [[2, 3, 4, 5], [5]]],
    [
      () =>
        tf.pad(four, [
          [0, 1],
          [0, 0],
          [1, 0],
          [0, 0],
        ]),
      [[2, 3, 4, 5]],
    ],
    [
      () =>
        tf.mirrorPad(
          four,
          [
            [0, 1],
            [0, 0],
            [1, 0],
            [0, 0],
          ],
          'reflect',
        ),
      [[2, 3, 4, 5]],
    ],
    [() => tf.tile(four, [1, 2, 1, 2]), [[2, 3, 4, 5]]],
    [() => tf.reverse(four, 1), [[2, 3, 4, 5]]],
    [() => tf.transpose(four, [1, 0, 3, 2]), [[2, 3, 4, 5]]],
    [() => tf.stridedSlice(four, [0, 0, 0, 0], [2, 3, 4, 5], [1, 2, 1, 2]), [[2, 3, 4, 5]]],
    [() => tf.sum(four, 0), [[2, 3, 4, 5]]],
  ];
  for (const [call, shapes] of calls) {
    tf.dispose(call());
    expect(reached).toEqual(shapes);
  }
});

test('more numbers than one axis of workgroups', async () => {
  const shape = [1, 167, 161, 163, 1];
  const [x, b] = [random({ shape }), random({ shape: [1, 167, 1, 163, 1] }, 1)];
  expect(x.size).toBeGreaterThan(65_535 * 64);
  const [whole, other] = [await x.data(), await b.data()];
  const sum = await tf.add(x, b).data();
  const expected = Float32Array.from(
    whole,
    (value, at) => value + (other[Math.floor(at / (161 * 163)) * 163 + (at % 163)] as number),
  );
  expect(relativeError(sum, expected)).toBeLessThan(1e-6);
});

test('another device is as right, and nothing is left behind', async () => {
  device.close();
  device = await openTestDevice();
  const before = tf.getKernel('Add', 'webgpu');
  await agrees({ of: tf.add as Pair, inputs: [{ shape: FIVE }, { shape: [3] }], gradients: [1] });
  expect(tf.getKernel('Add', 'webgpu')).toBe(before);
  const backend = tf.backend();
  const run = () => {
    tf.tidy(() => {
      const x = random({ shape: FIVE });
      const mask = tf.greater(tf.mul(x, random({ shape: [3] })), 0);
      tf.sum(tf.cast(tf.reverse(mask), 'float32'), [0, 1]);
      tf.grad((y: tf.Tensor) => tf.where(mask, tf.tile(y, [2, 1, 1, 1, 1]).slice(1, 2), 0))(x);
    });
    return [tf.memory().numTensors, tf.memory().numDataBuffers, backend.numDataIds()];
  };
  expect(run()).toEqual(run());
});
