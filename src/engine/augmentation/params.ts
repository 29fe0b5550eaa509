/** Numbers of the samples of a batch, packed for a kernel: whether a sample takes part, then the rest. */
import * as tf from '@tensorflow/tfjs';
import type { Params } from './wgsl.ts';

/**
 * @param rows - one a sample; undefined for one that does not take part
 * @returns params; the caller disposes of the tensor
 */
export function packed(rows: readonly (readonly number[] | undefined)[]): Params {
  const stride = 1 + Math.max(0, ...rows.map((row) => row?.length ?? 0));
  const values = new Float32Array(rows.length * stride);
  for (const [index, row] of rows.entries()) {
    if (row === undefined) continue;
    values[index * stride] = 1;
    values.set(row, index * stride + 1);
  }
  return { tensor: tf.tensor1d(values), stride };
}
