/**
 * Mean over the rows of `[rows, channels]`, also where there are millions of rows. tfjs transposes
 * before it reduces, and its two-dimensional transpose needs more workgroups than WebGPU allows
 * above about a million rows; so the rows are reduced in two stages, in a fixed order.
 */
import * as tf from '@tensorflow/tfjs';

/** Rows summed at once; below the limit for any number of channels, and a power of two. */
const CHUNK = 1 << 15;

/** @returns means, shape [1, channels]; differentiable. */
export function channelMeans(rows: tf.Tensor2D): tf.Tensor2D {
  const [count, channels] = rows.shape;
  if (count <= CHUNK) return tf.mean(rows, 0, true);
  const chunks = Math.floor(count / CHUNK);
  const head = tf.slice(rows, [0, 0], [chunks * CHUNK, channels]);
  // [chunks, CHUNK, channels] summed over the middle axis, then over chunks.
  const sums = tf.sum(tf.sum(tf.reshape(head, [chunks, CHUNK, channels]), 1), 0, true);
  const rest = count - chunks * CHUNK;
  const total =
    rest === 0
      ? sums
      : tf.add(sums, tf.sum(tf.slice(rows, [chunks * CHUNK, 0], [rest, channels]), 0, true));
  return tf.mul(total, tf.scalar(1 / count)) as tf.Tensor2D;
}
