import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { at, relativeError } from '../../../tests/support/conv-block-reference.ts';
import { openTestDevice } from '../../../tests/support/gpu.ts';
import { stream } from '../../core/random/philox.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { Adam } from '../optimizers/adam.ts';
import { fold } from './dispatch.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

const RATE = 1e-2;
const DECAY = 1e-1;
const STEPS = 3;

/** Kingma and Ba's algorithm 1 with L2 decay, in float64. */
function reference(start: Float64Array, gradients: Float64Array): Float64Array {
  const value = start.slice();
  const first = new Float64Array(start.length);
  const second = new Float64Array(start.length);
  for (let step = 1; step <= STEPS; step++) {
    value.forEach((old, i) => {
      const gradient = at(gradients, i) + DECAY * old;
      first[i] = 0.9 * at(first, i) + 0.1 * gradient;
      second[i] = 0.999 * at(second, i) + 0.001 * gradient ** 2;
      const root = Math.sqrt(at(second, i) / (1 - 0.999 ** step)) + 1e-8;
      value[i] = old - (RATE * at(first, i)) / (1 - 0.9 ** step) / root;
    });
  }
  return value;
}

function random(length: number, index: number): Float64Array {
  const numbers = stream(24, 'adam', index);
  return Float64Array.from({ length }, () => Math.fround(numbers.uniform(-1, 1)));
}

async function run(start: Float64Array, gradients: Float64Array): Promise<Float32Array> {
  const parameter = tf.variable(tf.tensor1d(Float32Array.from(start)));
  const gradient = tf.tensor1d(Float32Array.from(gradients));
  const optimizer = new Adam(RATE, DECAY);
  // A value that was read before must not be what is read after.
  await parameter.data();
  for (let step = 0; step < STEPS; step++) {
    optimizer.apply(new Map([['parameter', parameter]]), { parameter: gradient });
  }
  const result = (await parameter.data()) as Float32Array;
  tf.dispose([parameter, gradient]);
  optimizer.dispose();
  return result;
}

test('follows the algorithm, decay included', async () => {
  const [start, gradients] = [random(1001, 1), random(1001, 2)];
  const found = await run(start, gradients);
  const change = (values: ArrayLike<number>) => start.map((value, i) => at(values, i) - value);
  // The parameters are stored in float32, which leaves their changes five digits.
  expect(relativeError(change(found), change(reference(start, gradients)))).toBeLessThan(1e-5);
});

test('reaches the last element of a parameter that needs more groups than an axis takes', async () => {
  const length = 65_535 * 64 + 65;
  expect(fold(length)).toEqual([32_769, 2]);
  const few = [0, 1, 65_535 * 64 - 1, 65_535 * 64, length - 1];
  const [start, gradients] = [random(length, 3), random(length, 4)];
  const found = await run(start, gradients);
  const pick = (values: Float64Array) => Float64Array.from(few, (place) => at(values, place));
  const expected = reference(pick(start), pick(gradients));
  for (const [i, place] of few.entries()) expect(found[place]).toBeCloseTo(at(expected, i), 5);
});
