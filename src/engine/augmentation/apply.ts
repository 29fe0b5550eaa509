/**
 * Applies records to the samples of a batch on the GPU, place of the pipeline by place, so that the
 * samples share dispatches. What happens to a sample depends on its own records alone: a sample by
 * itself, replayed, has the bits that it had in its batch.
 */
import * as tf from '@tensorflow/tfjs';
import type { AugmentationRecord } from '../../core/augmentation/draw.ts';
import { currentDevice, submitRecorded } from '../device/tfjs-backend.ts';
import { TRANSFORM } from './transforms.ts';
import type { Shape } from './wgsl.ts';

/** Batches so large give their buffers back after each transform rather than after the last. */
const LARGE = 8e6;
const BYTES = 4;

/**
 * @param input - `[batch, ...spatial, channels]`, two or three spatial axes; stays the caller's
 * @param samples - the records of each sample, in the order of their places
 * @returns a new tensor, of the same shape but after transforms that change it
 * @throws CapsuleError GPU_MEMORY where the device cannot bind a sample
 */
export function augment(
  input: tf.Tensor,
  samples: readonly (readonly AugmentationRecord[])[],
): tf.Tensor {
  const [batch = 0, ...rest] = input.shape;
  const most = currentDevice().limits.maxStorageBufferBindingSize;
  if (batch > 1 && input.size * BYTES > most) {
    const size = input.size / batch;
    return tf.tidy(() => {
      const flat = tf.reshape(input, [batch, size]);
      const parts = samples.map((records, index) => {
        const one = tf.reshape(tf.slice(flat, [index, 0], [1, size]), [1, ...rest]);
        const done = augment(one, [records]);
        return tf.reshape(done, [1, done.size]);
      });
      return tf.reshape(tf.concat(parts, 0), input.shape);
    });
  }
  const axes = rest.length - 1;
  const [x = 1, y = 1, third = 1, fourth = 1] = rest;
  let shape: Shape = axes === 2 ? [batch, x, y, 1, third] : [batch, x, y, third, fourth];
  const places = new Map<number, AugmentationRecord['transform']>();
  for (const { place, transform } of samples.flat()) places.set(place, transform);
  let result = input;
  for (const place of [...places.keys()].sort((a, b) => a - b)) {
    const name = places.get(place) as AugmentationRecord['transform'];
    const values = samples.map((records) => records.find((one) => one.place === place)?.values);
    const transform = TRANSFORM[name];
    if (transform === undefined) continue;
    const next = tf.tidy(() => transform(result, { shape, axes }, values));
    if (result !== input) result.dispose();
    const [, ...sizes] = next.shape as [number, ...number[]];
    shape = [batch, ...(sizes as [number, number, number, number])];
    result = next;
    if (input.size * BYTES > LARGE) submitRecorded();
  }
  if (result === input) return input.clone();
  const [, a, b, , channels] = shape;
  return tf.tidy(() => {
    const named = tf.reshape(result, axes === 2 ? [batch, a, b, channels] : [...shape]);
    result.dispose();
    return named;
  });
}
