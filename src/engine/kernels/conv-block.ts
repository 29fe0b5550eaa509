/**
 * One block of ClinicaDL's networks as one differentiable function: Conv3d (kernel 3, padding 1),
 * BatchNorm3d, ReLU, PadMaxPool(2, 2). Kept for the gradients are the convolution and five bits of
 * bookkeeping for each eighth of it, where the plain path keeps every intermediate result.
 */
import type * as tf from '@tensorflow/tfjs';
import { differentiable } from '../device/tfjs-backend.ts';
import { channelSums } from './channel-sums.ts';
import { convolve, inputGradient } from './convolution.ts';
import { filterGradient } from './filter-gradient.ts';
import { normalise, type NormalisationState } from './normalisation.ts';
import { pool, poolGradient } from './pool.ts';

export interface ConvBlockResult {
  /** `[batch, ceil(X / 2), ceil(Y / 2), ceil(Z / 2), outputs]` */
  readonly output: tf.Tensor;
  /** Of the convolution with its bias, `[outputs]`; not differentiable. */
  readonly batchMean: tf.Tensor;
  /** Biased (divided by the number of voxels), `[outputs]`; not differentiable. */
  readonly batchVariance: tf.Tensor;
}

/**
 * @param input - `[batch, X, Y, Z, inputs]`
 * @param weight - `[3, 3, 3, inputs, outputs]`
 * @param state - vectors `[outputs]`
 * @param training - normalises by the batch; otherwise by the running statistics
 */
export function convBlock(
  input: tf.Tensor,
  weight: tf.Tensor,
  state: NormalisationState,
  training: boolean,
): ConvBlockResult {
  const outputs = state.gamma.size;
  const shape = [...input.shape.slice(0, 4), outputs];
  const { bias, gamma, beta } = state;
  const forward = (save: (tensors: tf.Tensor[]) => void) => {
    const convolved = convolve(input, weight);
    const { coefficients, mean, variance } = normalise(convolved, state, training);
    const { output, maxima } = pool(convolved, coefficients, shape);
    save([input, weight, convolved, coefficients, maxima]);
    return [output, mean, variance];
  };
  const backward = (received: tf.Tensor, saved: tf.Tensor[]) => {
    const [source, filter, convolved, coefficients, maxima] = saved as Five;
    const gradients = poolGradient(received, convolved, coefficients, maxima, shape, training);
    return {
      input: () => inputGradient(convolved, filter, source.shape),
      weight: () => filterGradient(source, convolved, outputs),
      bias: () => channelSums(convolved, outputs),
      gamma: () => gradients.gamma,
      beta: () => gradients.beta,
    };
  };
  const inputs = { input, weight, bias, gamma, beta };
  const [output, batchMean, batchVariance] = differentiable(inputs, forward, backward);
  return { output, batchMean, batchVariance } as ConvBlockResult;
}

type Five = [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
