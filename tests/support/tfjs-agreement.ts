/** For the tests of tfjs-fixes.ts: an operation on WebGPU held against the processor. */
import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { relativeError } from './conv-block-reference.ts';
import { poisonRecycledBuffers } from './gpu.ts';
import { stream } from '../../src/core/random/philox.ts';

type Values = Float32Array | Int32Array | Uint8Array;

export interface Input {
  readonly shape: readonly number[];
  readonly range?: readonly [low: number, high: number];
  readonly dtype?: 'float32' | 'int32';
}

export interface Operation {
  readonly of: (...inputs: tf.Tensor[]) => tf.Tensor;
  readonly inputs: readonly Input[];
  /** Of which inputs gradients are compared; of none where tfjs has none. */
  readonly gradients?: readonly number[];
  /** Norm of the difference to the norm of what is expected; 0 for the same bits. */
  readonly error?: number;
}

/** The same for the same `index`. */
export function random({ shape, range = [-2, 2], dtype = 'float32' }: Input, index = 0): tf.Tensor {
  const numbers = stream(61, 'tfjs-fixes', index);
  const length = tf.util.sizeFromShape([...shape]);
  const values = Float32Array.from({ length }, () => numbers.uniform(...range));
  return tf.tensor(dtype === 'float32' ? values : Int32Array.from(values), [...shape], dtype);
}

/** Values, then gradients for one random gradient of the result. */
async function compute({ of, inputs, gradients = [] }: Operation) {
  const tensors = inputs.map(random);
  const found: { shape: number[]; dtype: string; values: Values }[] = [];
  const read = async (tensor: tf.Tensor) => {
    const values = (await tensor.data()) as Values;
    found.push({ shape: tensor.shape, dtype: tensor.dtype, values });
  };
  const output = of(...tensors);
  await read(output);
  const received = random({ shape: output.shape }, 99);
  for (const index of gradients) {
    const slope = tf.grad((x) => of(...tensors.map((one, at) => (at === index ? x : one))));
    await read(slope(tensors[index] as tf.Tensor, received));
  }
  return found;
}

/** Leaves tfjs on WebGPU; its recycled buffers hold NaN before the run that counts. */
export async function agrees(operation: Operation): Promise<void> {
  const { gradients = [], error = 1e-6 } = operation;
  await tf.setBackend('cpu');
  const expected = await compute(operation);
  await tf.setBackend('webgpu');
  poisonRecycledBuffers();
  const found = await compute(operation);
  for (const [index, { shape, dtype, values }] of expected.entries()) {
    const what = index === 0 ? 'value' : `gradient of input ${gradients[index - 1]}`;
    const other = found[index] as (typeof found)[number];
    expect([other.shape, other.dtype], what).toEqual([shape, dtype]);
    if (error === 0 || dtype !== 'float32' || values.every((value) => value === 0)) {
      // Zeros may differ in their sign.
      const same = values.every((value, at) => value === other.values[at]);
      expect(same && values.length === other.values.length, what).toBe(true);
    } else {
      expect(relativeError(other.values, values), what).toBeLessThan(error);
    }
  }
}
