import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  at,
  block,
  relativeError,
  type BlockState,
  type Shape,
} from '../../../tests/support/conv-block-reference.ts';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import { stream } from '../../core/random/philox.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { convBlock } from './conv-block.ts';
import { partsOf, type Budget } from './parts.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

type Values = BlockState & { readonly input: Float64Array };
type Name = keyof Values;
const DIFFERENTIABLE = ['input', 'weight', 'bias', 'gamma', 'beta'] as const;

function random(shape: Shape, outputs: number): Values {
  const numbers = stream(
    21,
    'conv-block',
    shape.reduce((sum, length) => sum * 7 + length, outputs),
  );
  const draw = (length: number, low: number, high: number) =>
    Float64Array.from({ length }, () => Math.fround(numbers.uniform(low, high)));
  return {
    input: draw(
      shape.reduce((product, length) => product * length, 1),
      -1,
      1,
    ),
    weight: draw(27 * shape[4] * outputs, -0.3, 0.3),
    bias: draw(outputs, -1, 1),
    // Of both signs, and one of them tiny: what divides by it loses all digits.
    gamma: draw(outputs, -1.5, 1.5).map((value, channel) => (channel === 1 ? 1e-4 : value)),
    beta: draw(outputs, 0, 0.5),
    runningMean: draw(outputs, -0.5, 0.5),
    runningVariance: draw(outputs, 0.5, 2),
  };
}

function tensorsOf(values: Values, shape: Shape): Record<Name, tf.Tensor> {
  const outputs = values.bias.length;
  const shapes: Partial<Record<Name, number[]>> = {
    input: [...shape],
    weight: [3, 3, 3, shape[4], outputs],
  };
  return Object.fromEntries(
    Object.entries(values).map(([name, data]: [string, Float64Array]) => [
      name,
      tf.tensor(Float32Array.from(data), shapes[name as Name] ?? [outputs]),
    ]),
  ) as Record<Name, tf.Tensor>;
}

/** Output, statistics and the gradients of the sum of output times `weights`. */
async function compute(
  tensors: Record<Name, tf.Tensor>,
  weights: Float64Array,
  training: boolean,
  budget?: Budget,
) {
  const result = tf.tidy(() => {
    let saved: tf.Tensor[] = [];
    const score = (...args: tf.Tensor[]) => {
      const [input, weight, bias, gamma, beta] = args as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      const { runningMean, runningVariance } = tensors;
      const state = { bias, gamma, beta, runningMean, runningVariance };
      const { output, batchMean, batchVariance } = convBlock(
        input,
        weight,
        state,
        training,
        budget === undefined ? {} : { budget },
      );
      saved = [output, batchMean, batchVariance].map((tensor) => tf.keep(tensor));
      return tf.sum(tf.mul(output.flatten(), tf.tensor1d(Float32Array.from(weights))));
    };
    const gradients = tf.grads(score)(DIFFERENTIABLE.map((name) => tensors[name]));
    return [...saved, ...gradients];
  });
  const values = await Promise.all(result.map((tensor) => tensor.data() as Promise<Float32Array>));
  tf.dispose(result);
  const [output, mean, variance, ...gradients] = values;
  return { output, mean, variance, gradients } as {
    output: Float32Array;
    mean: Float32Array;
    variance: Float32Array;
    gradients: Float32Array[];
  };
}

const CASES: [Shape, number][] = [
  [[2, 3, 4, 5, 1], 8],
  [[1, 6, 1, 7, 3], 5],
  [[3, 2, 2, 3, 8], 16],
  [[1, 5, 5, 9, 4], 12],
  [[2, 1, 1, 2, 12], 3],
  [[1, 4, 3, 6, 2], 1],
];

describe.each(CASES)('a block on %j with %d outputs', (shape, outputs) => {
  const values = random(shape, outputs);
  const reference = (training: boolean) => block(values.input, values, shape, training);
  const weights = stream(22, 'weights', outputs);
  const received = reference(true).output.map(() => Math.fround(weights.uniform(-1, 1)));

  test.each([true, false])('agrees with its definition, training: %s', async (training) => {
    const tensors = tensorsOf(values, shape);
    const found = await compute(tensors, received, training);
    const expected = reference(training);
    expect(relativeError(found.output, expected.output)).toBeLessThan(1e-5);
    if (training) {
      expect(relativeError(found.mean, expected.mean)).toBeLessThan(1e-5);
      expect(relativeError(found.variance, expected.variance)).toBeLessThan(1e-5);
    }
    tf.dispose(Object.values(tensors));
  });

  test.each([true, false])(
    'has the gradients of central differences, training: %s',
    async (training) => {
      const tensors = tensorsOf(values, shape);
      const { gradients } = await compute(tensors, received, training);
      const score = (changed: Values) => {
        const { output } = block(changed.input, changed, shape, training);
        return output.reduce((sum, value, i) => sum + value * at(received, i), 0);
      };
      const picks = stream(23, 'picks');
      const sizes = gradients.map((all) => Math.sqrt(all.reduce((sum, v) => sum + v * v, 0)));
      for (const [index, name] of DIFFERENTIABLE.entries()) {
        const gradient = gradients[index] as Float32Array;
        expect(gradient).toHaveLength(values[name].length);
        // Before a normalisation by the batch a bias has no gradient but rounding noise.
        const noise = training && name === 'bias';
        const size = noise ? (sizes[4] as number) : (sizes[index] as number);
        for (let i = 0; i < Math.min(12, gradient.length); i++) {
          const place = picks.below(gradient.length);
          const moved = (step: number) =>
            score({ ...values, [name]: values[name].with(place, at(values[name], place) + step) });
          const expected = (moved(1e-6) - moved(-1e-6)) / 2e-6;
          expect(Math.abs(at(gradient, place) - expected) / size, `${name}[${place}]`).toBeLessThan(
            1e-5,
          );
        }
      }
      tf.dispose(Object.values(tensors));
    },
  );

  test('gives the same bits again, on dirty buffers', async () => {
    const tensors = tensorsOf(values, shape);
    const first = await compute(tensors, received, true);
    poisonRecycledBuffers();
    expect(await compute(tensors, received, true)).toEqual(first);
    tf.dispose(Object.values(tensors));
  });
});

describe.each([
  [[2, 7, 4, 5, 1], 8],
  [[1, 6, 3, 9, 8], 12],
  [[2, 1, 2, 3, 3], 5],
] as [Shape, number][])(
  'a convolution that is made in parts, on %j with %d outputs',
  (shape, outputs) => {
    const values = random(shape, outputs);
    const budget = { kept: 0, part: 3000, bytes: 4 };
    const size = block(values.input, values, shape, true).output.length;
    const received = Float64Array.from({ length: size }, (_, i) => Math.sin(i));

    test.each([true, false])('gives what the whole one gives, training: %s', async (training) => {
      const tensors = tensorsOf(values, shape);
      const before = tf.memory().numTensors;
      const whole = await compute(tensors, received, training);
      poisonRecycledBuffers();
      const parts = await compute(tensors, received, training, budget);
      expect(relativeError(parts.output, whole.output)).toBeLessThan(1e-6);
      expect(relativeError(parts.mean, whole.mean)).toBeLessThan(1e-6);
      expect(relativeError(parts.variance, whole.variance)).toBeLessThan(1e-6);
      for (const [index, name] of DIFFERENTIABLE.entries()) {
        const [found, expected] = [parts.gradients[index], whole.gradients[index]];
        // In training a bias has no gradient, and here it is exactly zero.
        if (training && name === 'bias') expect(found?.every((value) => value === 0)).toBe(true);
        else expect(relativeError(found ?? [], expected ?? []), name).toBeLessThan(1e-5);
      }
      expect(tf.memory().numTensors).toBe(before);
      tf.dispose(Object.values(tensors));
    });
  },
);

test('cuts a volume between the pairs of planes that are pooled together', () => {
  const twoPlanes = { kept: 0, part: 2 * 4 * 6 * 8 * 4, bytes: 4 };
  expect(partsOf([2, 5, 4, 6, 8], twoPlanes)).toEqual([
    { shape: [1, 1, 4, 6, 8], firstLine: 0, firstPooled: 0 },
    { shape: [1, 2, 4, 6, 8], firstLine: 4, firstPooled: 6 },
    { shape: [1, 2, 4, 6, 8], firstLine: 12, firstPooled: 12 },
    { shape: [1, 1, 4, 6, 8], firstLine: 20, firstPooled: 18 },
    { shape: [1, 2, 4, 6, 8], firstLine: 24, firstPooled: 24 },
    { shape: [1, 2, 4, 6, 8], firstLine: 32, firstPooled: 30 },
  ]);
  expect(partsOf([2, 5, 4, 6, 8], { kept: 1e6, part: 1, bytes: 4 })).toHaveLength(1);
});
