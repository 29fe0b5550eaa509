import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { at, relativeError } from '../../../tests/support/conv-block-reference.ts';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import { stream } from '../../core/random/philox.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { dense } from './dense.ts';
import { rangesOf } from './ranges.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

function random(length: number, index: number): Float64Array {
  const numbers = stream(31, 'dense', index);
  return Float64Array.from({ length }, () => Math.fround(numbers.uniform(-1, 1)));
}

/** [batch, inputs, outputs], and how many bytes are bound at once. */
const CASES: [number, number, number, number][] = [
  [1, 1, 1, 2 ** 27],
  [2, 1536, 50, 2 ** 27],
  [5, 50, 40, 2 ** 27],
  [3, 7, 2, 2 ** 27],
  [4, 128, 1300, 2 ** 27],
  [2, 36, 200, 64 * 36 * 4],
  [9, 131, 130, 2 ** 15],
];

describe.each(CASES)('batch %d, %d inputs, %d outputs, %d bytes at once', (batch, I, O, bytes) => {
  const input = random(batch * I, 1);
  const weight = random(O * I, 2);
  const bias = random(O, 3);
  const received = random(batch * O, 4);
  const tensor = (values: Float64Array, shape: number[]) =>
    tf.tensor(Float32Array.from(values), shape);

  test('agrees with sums in float64, forward and backward', async () => {
    const forward = new Float64Array(batch * O);
    const gradients = {
      input: new Float64Array(batch * I),
      weight: new Float64Array(O * I),
      bias: new Float64Array(O),
    };
    for (let b = 0; b < batch; b++) {
      for (let o = 0; o < O; o++) {
        const slope = at(received, b * O + o);
        let sum = at(bias, o);
        gradients.bias[o] = at(gradients.bias, o) + slope;
        for (let i = 0; i < I; i++) {
          const [x, w] = [at(input, b * I + i), at(weight, o * I + i)];
          sum += x * w;
          gradients.input[b * I + i] = at(gradients.input, b * I + i) + slope * w;
          gradients.weight[o * I + i] = at(gradients.weight, o * I + i) + slope * x;
        }
        forward[b * O + o] = sum;
      }
    }
    poisonRecycledBuffers();
    const slopes = tensor(received, [batch, O]);
    const arguments_ = [
      tensor(input, [batch, I]),
      tensor(weight, [O, I]),
      tensor(bias, [O]),
    ] as const;
    const output = dense(...arguments_, bytes);
    expect(relativeError(await output.data(), forward)).toBeLessThan(1e-5);
    const found = tf.grads((x, w, b) =>
      tf.sum(tf.mul(dense(x as tf.Tensor, w as tf.Tensor, b as tf.Tensor, bytes), slopes)),
    )([...arguments_]);
    for (const [index, name] of (['input', 'weight', 'bias'] as const).entries()) {
      const values = await (found[index] as tf.Tensor).data();
      expect(relativeError(values, gradients[name]), name).toBeLessThan(1e-5);
    }
    tf.dispose([output, slopes, ...arguments_, ...found]);
  });
});

test('ranges cover every row once and begin where a binding may', () => {
  for (const [rows, width, bytes] of [
    [1300, 32_256, 2 ** 27],
    [130, 131, 2 ** 15],
    [1, 5, 4],
    [64, 4, 1],
  ] as const) {
    const ranges = rangesOf(rows, width, bytes);
    expect(ranges.reduce((sum, { count }) => sum + count, 0)).toBe(rows);
    for (const { first } of ranges) expect((first * width * 4) % 256).toBe(0);
  }
  expect(rangesOf(1300, 32_256, 2 ** 27)).toHaveLength(2);
});
