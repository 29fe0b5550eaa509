/**
 * PyTorch's losses that compare number by number, before they are averaged: what is wanted is data,
 * through which no gradient goes. Everything is computed in rows of a matrix, since tfjs arithmetic
 * on tensors of more axes is unreliable on WebGPU, and summed row by row, since rounding grows with
 * the length of a sum.
 */
import * as tf from '@tensorflow/tfjs';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs';

/** @returns the loss of each number, `[rows, columns]` as both of its inputs */
export type ElementLoss = (made: Tensor2D, wanted: Tensor2D) => Tensor2D;

/** Below every f32 that has all its digits; logarithms of 0 are held here. */
const SMALLEST = 1e-37;

const difference: ElementLoss = (made, wanted) => tf.sub(made, wanted);

const squared: ElementLoss = (made, wanted) => tf.square(difference(made, wanted));

/** Squares up to a difference of one, straight from there: Huber's with delta 1, SmoothL1 with beta 1. */
const huber: ElementLoss = (made, wanted) => {
  const size = tf.abs(difference(made, wanted));
  const inner = tf.minimum(size, tf.onesLike(size));
  return tf.mul(inner, tf.sub(size, tf.mul(inner, tf.scalar(0.5))));
};

/** By name, as `torch.nn` has them with their defaults. */
export const ELEMENT_LOSSES: Readonly<Record<string, ElementLoss>> = {
  MSELoss: squared,
  L1Loss: (made, wanted) => tf.abs(difference(made, wanted)),
  HuberLoss: huber,
  SmoothL1Loss: huber,
  /** What was made is the logarithm of a probability; 0 log 0 is 0. */
  KLDivLoss: (made, wanted) => {
    const entropy = tf.mul(wanted, tf.log(tf.maximum(wanted, tf.scalar(SMALLEST))));
    return tf.sub(entropy, tf.mul(wanted, made));
  },
  /** Of a logit: log(1 + exp(x)) - x t, so written that no exponential overflows. */
  BCEWithLogitsLoss: (made, wanted) => {
    const rest = tf.log(tf.add(tf.exp(tf.neg(tf.abs(made))), tf.scalar(1)));
    return tf.add(tf.sub(tf.relu(made), tf.mul(made, wanted)), rest);
  },
};

/** @returns the sum of a loss over all numbers of two tensors of the same size */
export function sumOver(loss: ElementLoss, made: Tensor, wanted: Tensor): Scalar {
  return tf.sum(tf.sum(loss(rowsOf(made), rowsOf(wanted)), 1)) as Scalar;
}

/** As a matrix whose rows are the last two axes. */
export function rowsOf(tensor: Tensor): Tensor2D {
  const row = tensor.shape.slice(-2).reduce((product, length) => product * length, 1);
  return tf.reshape(tensor, [-1, tensor.rank <= 2 ? (tensor.shape.at(-1) ?? 1) : row]);
}
