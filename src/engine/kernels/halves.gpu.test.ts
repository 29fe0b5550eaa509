import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { cast } from '../../../tests/support/cast.ts';
import { relativeError } from '../../../tests/support/conv-block-reference.ts';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import { stream } from '../../core/random/philox.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { momentsOf } from './channel-sums.ts';
import { convolve, inputGradient } from './convolution.ts';
import { sameGeometryOf } from './convolution-geometry.ts';
import { filterGradient } from './filter-gradient.ts';
import { normalise } from './normalisation.ts';
import { wholeOf } from './parts.ts';
import { affineGradients, pool, poolGradient, uninitialisedPooled } from './pool.ts';
import type { Element } from './storage.ts';

// Kernels in f32 are held against float64 elsewhere; here halves are held against them, from the
// same numbers, which halves can hold.
const HALF = 2e-3;

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

/** Multiples of 1/64, which halves hold exactly. */
function random(shape: number[], index: number): tf.Tensor {
  const numbers = stream(40, 'halves', index);
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => Math.round(numbers.uniform(-64, 64)) / 64),
    shape,
  );
}

async function close(half: tf.Tensor, whole: tf.Tensor, what: string): Promise<void> {
  const values = await (half.size % 4 === 0 ? cast(half, 'f32') : half).data();
  expect(relativeError(values, await whole.data()), what).toBeLessThan(HALF);
}

/** As the kernels of a block give them to each other. */
const padded = true;

const SHAPES: [number[], number][] = [
  [[2, 5, 4, 9, 8], 16],
  [[1, 2, 1, 3, 4], 8],
  [[1, 6, 7, 5, 16], 12],
];

describe.each(['f16', 'packed'] as Element[])('%s', (element) => {
  test('this device can run it', (context) => {
    if (element === 'f16' && !device.report.halfPrecision) {
      context.skip('no shader-f16 here: `npm test` uses a driver that has it where it may');
    }
  });

  const unable = () => element === 'f16' && !device.report.halfPrecision;

  test.each(SHAPES)(
    'convolutions and their gradients on %j with %d outputs',
    async (shape, outputs) => {
      if (unable()) return;
      const input = random(shape, 1);
      const filter = random([3, 3, 3, shape[4] as number, outputs], 2);
      const gradient = random([input.size / (shape[4] as number), outputs], 3);
      const [halfInput, halfGradient] = [cast(input, element), cast(gradient, element)];
      poisonRecycledBuffers();
      await close(
        convolve(halfInput, filter, { element, padded }),
        convolve(input, filter, { padded }),
        'forward',
      );
      await close(
        inputGradient(halfGradient, filter, shape, { element, padded }),
        inputGradient(gradient, filter, shape, { padded }),
        'input',
      );
      await close(
        filterGradient(halfInput, halfGradient, outputs, {
          geometry: sameGeometryOf(shape, [3, 3, 3]),
          padded,
        }),
        filterGradient(input, gradient, outputs, {
          geometry: sameGeometryOf(shape, [3, 3, 3]),
          padded,
        }),
        'filter',
      );
    },
  );

  test('the first block, whose input is f32', async () => {
    if (unable()) return;
    const shape = [2, 5, 4, 6, 1];
    const [input, filter] = [random(shape, 4), random([3, 3, 3, 1, 8], 5)];
    const gradient = random([240, 8], 6);
    const whole = convolve(input, filter, { padded });
    await close(convolve(input, filter, { element, padded }), whole, 'forward');
    const found = filterGradient(input, cast(gradient, element), 8, {
      geometry: sameGeometryOf(shape, [3, 3, 3]),
      padded,
    });
    await close(
      found,
      filterGradient(input, gradient, 8, { geometry: sameGeometryOf(shape, [3, 3, 3]), padded }),
      'filter',
    );
  });

  test.each([
    [2, 5, 4, 7, 8],
    [1, 1, 2, 1, 16],
  ])('statistics, pooling and its gradients on [%d, %d, %d, %d, %d]', async (...shape) => {
    if (unable()) return;
    const channels = shape[4] as number;
    const part = wholeOf(shape);
    const voxels = random(
      [shape.slice(0, 4).reduce((all, length) => all * length, 1), channels],
      7,
    );
    const vector = (index: number) => random([channels], index);
    const state = {
      ...{ bias: vector(8), gamma: vector(9), beta: vector(10) },
      ...{ runningMean: vector(11), runningVariance: tf.square(vector(12)) },
    };
    const run = (stored: tf.Tensor, as: Element) => {
      const moments = momentsOf(stored);
      const { coefficients } = normalise(state, moments);
      const pooled = uninitialisedPooled(shape, as);
      pool(stored, coefficients, part, pooled);
      const received = cast(random(pooled.output.shape, 13), as);
      const sums = affineGradients(received, stored, coefficients, pooled.maxima, part);
      poolGradient(received, stored, coefficients, pooled.maxima, sums, part, voxels.shape[0] ?? 1);
      return { output: pooled.output, ...sums, gradient: stored };
    };
    const halves = run(cast(voxels, element), element);
    const whole = run(cast(voxels, 'f32'), 'f32');
    for (const name of ['output', 'gamma', 'beta', 'gradient'] as const) {
      await close(halves[name], whole[name], name);
    }
  });

  test('what a half cannot hold is stored as the largest that it can', async () => {
    if (unable()) return;
    const found = await cast(cast(tf.tensor1d([1e6, -1e6, 65504, 1e-9]), element), 'f32').data();
    expect([...found]).toEqual([65504, -65504, 65504, 0]);
  });
});
