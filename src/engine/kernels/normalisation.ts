/**
 * Batch normalisation as four numbers a channel, so that it costs no pass of its own: a voxel's
 * normalised value is (y - centre) * scale + shift, where y is the convolution without its bias.
 * In training, centre and scale come from the batch; in evaluation, from the running statistics.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { uninitialised } from '../device/tfjs-backend.ts';
import type { Moments } from './channel-sums.ts';
import { dispatch } from './dispatch.ts';
import type { Kernel } from './kernel.ts';
import { numbers, quadsOf } from './storage.ts';

const EPSILON = '1e-5';
const SIZES = ['items', 'channels', 'rows'] as const;

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

/**
 * @param moments - of the convolution without bias, freed; absent in evaluation, where the running
 *   statistics are used
 */
export function normalise(state: NormalisationState, moments?: Moments): Normalisation {
  const channels = state.gamma.size;
  const padded = 4 * quadsOf(channels);
  const coefficients = uninitialised([4, padded]);
  const mean = uninitialised([channels]);
  const variance = uninitialised([channels]);
  const { bias, gamma, beta } = state;
  const sums = moments?.sums ?? state.runningMean;
  const squares = moments?.squares ?? state.runningVariance;
  dispatch(KERNEL, [sums, squares, bias, gamma, beta, coefficients, mean, variance], {
    items: padded,
    channels,
    rows: moments?.rows ?? 0,
  });
  moments?.sums.dispose();
  moments?.squares.dispose();
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
  let training = size.rows > 0u;
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
