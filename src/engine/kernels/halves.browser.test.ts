import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cast } from '../../../tests/support/cast.ts';
import { relativeError } from '../../../tests/support/conv-block-reference.ts';
import { stream } from '../../core/random/philox.ts';
import { EngineDevice } from '../device/engine-device.ts';
import { convBlock } from './conv-block.ts';
import { convolution, transposedConvolution } from './differentiable-convolution.ts';
import { groupNormalisation } from './group-normalisation.ts';
import { maxPool, padMaxPoolGeometry } from './max-pool.ts';
import { resample } from './resample.ts';

/** Browsers on software drivers have no halves of their own: these are packed. */
let device: EngineDevice;
beforeAll(async () => {
  device = await EngineDevice.open(navigator.gpu);
  expect(device.report.kind).not.toBe('none');
});
afterAll(() => device.close());

function random(shape: number[], index: number): tf.Tensor {
  const numbers = stream(50, 'packed halves', index);
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => numbers.uniform(-1, 1)),
    shape,
  );
}

const SHAPE = [2, 5, 6, 7, 8];
const filter = () => random([3, 3, 3, 8, 8], 2);
const vector = (index: number) => random([8], index);

const OPERATIONS: Record<string, (input: tf.Tensor) => tf.Tensor> = {
  convolution: (input) => convolution(input, filter(), vector(3), { padding: 1 }),
  'convolution with stride': (input) =>
    convolution(input, filter(), undefined, { stride: 2, padding: 1 }),
  'transposed convolution': (input) =>
    transposedConvolution(input, filter(), vector(3), { stride: 2, padding: 1, outputPadding: 1 }),
  'instance normalisation': (input) =>
    groupNormalisation(input, vector(4), vector(5), { kind: 'instance' }).output,
  'maximum pooling': (input) => maxPool(input, padMaxPoolGeometry(SHAPE)).output,
  resampling: (input) => resample(input, [2, 7, 9, 10, 8], { mode: 'linear', alignCorners: false }),
  'a block': (input) => {
    const state = {
      ...{ bias: vector(3), gamma: vector(4), beta: vector(5) },
      ...{ runningMean: vector(6), runningVariance: tf.ones([8]) },
    };
    return convBlock(input, filter(), state, true, {
      element: elementFor(input),
      output: elementFor(input),
    }).output;
  },
};

/** Halves were cast from the f32 tensor of the same name. */
const halves = new WeakSet<object>();
const elementFor = (input: tf.Tensor) => (halves.has(input.dataId) ? 'packed' : 'f32');

test.each(Object.keys(OPERATIONS))('%s and its gradient agree with f32', async (name) => {
  const of = OPERATIONS[name] as (input: tf.Tensor) => tf.Tensor;
  // What a half holds, so that both sides start from the same numbers.
  const half = cast(random(SHAPE, 1), 'packed');
  halves.add(half.dataId);
  const whole = cast(half, 'f32');
  const [found, expected] = [of(half), of(whole)];
  expect(relativeError(await cast(found, 'f32').data(), await expected.data())).toBeLessThan(2e-3);
  const slopes = random(expected.shape, 9);
  const ofHalf = tf.grad(of)(half, cast(slopes, 'packed'));
  const ofWhole = tf.grad(of)(whole, slopes);
  const error = relativeError(await cast(ofHalf, 'f32').data(), await ofWhole.data());
  // A maximum that rounding moves to its neighbour takes its gradient with it.
  expect(error).toBeLessThan(name === 'a block' ? 5e-2 : 2e-3);
  device.check();
});
