/** Cross-entropy of class scores, averaged over the batch: PyTorch's `CrossEntropyLoss`. */
import * as tf from '@tensorflow/tfjs';

/**
 * @param scores - `[batch, classes]`, before softmax
 * @param labels - class codes, one an element
 * @returns a scalar
 */
export function crossEntropy(scores: tf.Tensor2D, labels: readonly number[]): tf.Scalar {
  const classes = scores.shape[1];
  const target = new Float32Array(labels.length * classes);
  labels.forEach((label, row) => (target[row * classes + label] = 1));
  const chosen = tf.mul(tf.logSoftmax(scores), tf.tensor2d(target, [labels.length, classes]));
  return tf.mul(tf.sum(chosen), tf.scalar(-1 / labels.length)) as tf.Scalar;
}
