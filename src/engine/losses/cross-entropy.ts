/** Cross-entropy of class scores, averaged over the batch: PyTorch's `CrossEntropyLoss`. */
import * as tf from '@tensorflow/tfjs';

/**
 * @param scores - `[batch, classes]`, before softmax
 * @param labels - class codes, one an element
 * @returns a scalar
 */
export function crossEntropy(scores: tf.Tensor2D, labels: readonly number[]): tf.Scalar {
  const chosen = tf.mul(tf.logSoftmax(scores), oneHot(labels, scores.shape[1]));
  return tf.mul(tf.sum(chosen), tf.scalar(-1 / labels.length)) as tf.Scalar;
}

/** @returns `[labels, classes]`, 1 at each label's class and 0 elsewhere */
export function oneHot(labels: readonly number[], classes: number): tf.Tensor2D {
  const target = new Float32Array(labels.length * classes);
  labels.forEach((label, row) => (target[row * classes + label] = 1));
  return tf.tensor2d(target, [labels.length, classes]);
}
