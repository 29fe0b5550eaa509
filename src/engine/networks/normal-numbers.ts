/**
 * Standard normal numbers from uniform ones (Box and Muller 1958), made on the device: as long as
 * the uniform ones are the same for a seed and step, so are these on one device.
 */
import * as tf from '@tensorflow/tfjs';
import type { Numbers } from './network.ts';

/** Where a uniform number in f32 is 1 all the same, its logarithm is held here. */
const SMALLEST = 1e-7;

/** @param uniform - numbers in [0, 1) */
export function normalNumbers(uniform: Numbers): Numbers {
  return (shape) =>
    tf.tidy(() => {
      const [radii, angles] = [uniform(shape), uniform(shape)];
      const rest = tf.maximum(tf.sub(tf.scalar(1), radii), tf.scalar(SMALLEST));
      const radius = tf.sqrt(tf.mul(tf.scalar(-2), tf.log(rest)));
      return tf.mul(radius, tf.cos(tf.mul(tf.scalar(2 * Math.PI), angles)));
    });
}
