/**
 * Batch normalisation as four numbers a channel, so that it costs no pass of its own: a voxel's
 * normalised value is (y - centre) * scale + shift, where y is the convolution without its bias.
 * In training, centre and scale come from the batch; in evaluation, from the running statistics.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { uninitialised } from '../device/tfjs-backend.ts';
import { channelSums, squaredDeviations } from './channel-sums.ts';
import { dispatch } from './dispatch.ts';
import type { Kernel } from './kernel.ts';
import { numbers } from './storage.ts';

const EPSILON = '1e-5';
const SIZES = ['items', 'channels', 'rows', 'training'] as const;

export interface NormalisationState {
  readonly bias: Tensor;
  readonly gamma: Tensor;
  readonly beta: Tensor;
  readonly runningMean: Tensor;
  readonly runningVariance: Tensor;
}

export interface Normalisation {
  /** `[4, channels padded to quads]`: centre, scale, shift, 1 / standard deviation. */
  readonly coefficients: Tensor;
  /** Of the convolution with its bias, `[channels]`; the running ones in evaluation. */
  readonly mean: Tensor;
  /** Biased, `[channels]`. */
  readonly variance: Tensor;
}

/** @param convolved - `[rows, channels padded to quads]`, without bias */
export function normalise(
  convolved: Tensor,
  state: NormalisationState,
  training: boolean,
): Normalisation {
  const [rows = 1, padded = 4] = convolved.shape;
  const channels = state.gamma.size;
  const coefficients = uninitialised([4, padded]);
  const mean = uninitialised([channels]);
  const variance = uninitialised([channels]);
  const sums = training ? channelSums(convolved, padded) : state.runningMean;
  const squares = training ? squaredDeviations(convolved, sums) : state.runningVariance;
  dispatch(
    KERNEL,
    [sums, squares, state.bias, state.gamma, state.beta, coefficients, mean, variance],
    { items: padded, channels, rows, training: training ? 1 : 0 },
  );
  if (training) {
    sums.dispose();
    squares.dispose();
  }
  return { coefficients, mean, variance };
}

const KERNEL: Kernel<(typeof SIZES)[number]> = {
  key: 'normalisation',
  bindings: [
    ...['sums', 'squares', 'bias', 'gamma', 'beta'].map((name) => numbers(name)),
    ...['coefficients', 'means', 'variances'].map((name) => numbers(name, 'read_write')),
  ],
  sizes: SIZES,
  code: () => `
fn work(channel: u32, layer: u32) {
  let known = channel < size.channels;
  let training = size.training == 1u;
  let count = select(1.0, f32(size.rows), training);
  // In evaluation the running mean, which includes the bias, stands in for the sum.
  let centre = sums[channel] / count - select(bias[channel], 0.0, training);
  let variance = squares[channel] / count;
  let inverse = 1.0 / sqrt(variance + ${EPSILON});
  coefficients[channel] = select(0.0, centre, known);
  coefficients[size.items + channel] = select(0.0, gamma[channel] * inverse, known);
  coefficients[2u * size.items + channel] = select(0.0, beta[channel], known);
  coefficients[3u * size.items + channel] = select(0.0, inverse, known);
  if (known) {
    means[channel] = centre + bias[channel];
    variances[channel] = variance;
  }
}`,
};
