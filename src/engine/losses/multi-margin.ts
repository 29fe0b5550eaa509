/**
 * PyTorch's `MultiMarginLoss` with its defaults: how far each other class comes within a margin of one
 * of the true class, summed over the classes, divided by their number, averaged over the batch.
 */
import * as tf from '@tensorflow/tfjs';
import { oneHot } from './cross-entropy.ts';

/**
 * @param scores - `[batch, classes]`, before softmax
 * @param labels - class codes, one an element
 * @returns a scalar
 */
export function multiMargin(scores: tf.Tensor2D, labels: readonly number[]): tf.Scalar {
  const classes = scores.shape[1];
  const isTrue = oneHot(labels, classes);
  const others = tf.sub(tf.scalar(1), isTrue);
  const ofTruth = tf.sum(tf.mul(scores, isTrue), 1, true);
  const excess = tf.relu(tf.add(tf.sub(scores, ofTruth), tf.scalar(1)));
  return tf.mul(tf.sum(tf.mul(excess, others)), tf.scalar(1 / (labels.length * classes)));
}
