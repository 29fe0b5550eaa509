/**
 * Batch normalisation (Ioffe and Szegedy 2015) as PyTorch's `BatchNorm2d` and `BatchNorm3d`: over
 * batch and space for each channel, epsilon 1e-5, momentum 0.1, biased variance to normalise,
 * unbiased variance into the running statistics. tfjs cannot do it on rank five: it is done on
 * `[batch * voxels, channels]`.
 */
import * as tf from '@tensorflow/tfjs';
import { channelMeans } from './channel-means.ts';
import type { Layer, StateSpec } from './layer.ts';

const EPSILON = 1e-5;
const MOMENTUM = 0.1;

/**
 * @param precedingBias - bias of the convolution before. ClinicaDL's constructors pass a batch of
 *   zeros through the network once in training mode, so a fresh network has a running mean of 0.1
 *   times that bias, a running variance of 0.9, and has tracked one batch. (There, rounding errors
 *   grow by 1/sqrt(epsilon) at each block and stain the last ones; here the values are exact.)
 */
export function batchNorm(
  name: string,
  inputShape: readonly number[],
  precedingBias: () => Float32Array,
): Layer {
  const rank = inputShape.length - 1;
  const channels = inputShape[rank] as number;
  const vector = (suffix: string, trained: boolean, initial: () => Float32Array<ArrayBuffer>) => ({
    name: `${name}.${suffix}`,
    shape: [channels],
    trained,
    initial,
  });
  const filled = (value: number) => () => new Float32Array(channels).fill(value);
  const weight: StateSpec = vector('weight', true, filled(1));
  const bias: StateSpec = vector('bias', true, filled(0));
  const mean: StateSpec = vector('running_mean', false, () =>
    Float32Array.from(precedingBias(), (value) => Math.fround(MOMENTUM * value)),
  );
  const variance: StateSpec = vector('running_var', false, filled(1 - MOMENTUM));
  const tracked: StateSpec = {
    name: `${name}.num_batches_tracked`,
    shape: [],
    trained: false,
    counter: true,
    initial: () => new Float32Array([1]),
  };
  return {
    kind: `BatchNorm${rank}d`,
    lines: [
      `BatchNorm${rank}d(${channels}, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)`,
    ],
    states: [weight, bias, mean, variance, tracked],
    outputShape: inputShape,
    forward(input, pass) {
      const rows = tf.reshape(input, [-1, channels]) as tf.Tensor2D;
      const gamma = pass.state(weight.name);
      const beta = pass.state(bias.name);
      if (!pass.training) {
        const scale = tf.mul(
          gamma,
          tf.rsqrt(tf.add(pass.state(variance.name), tf.scalar(EPSILON))),
        );
        const shift = tf.sub(beta, tf.mul(pass.state(mean.name), scale));
        return tf.reshape(affine(rows, scale, shift), input.shape);
      }
      const batchMean = channelMeans(rows);
      const centred = tf.sub(rows, batchMean);
      const batchVariance = channelMeans(tf.square(centred) as tf.Tensor2D);
      const count = rows.shape[0];
      pass.update(mean.name, runningStatistic(pass.state(mean.name), batchMean, 1));
      pass.update(
        variance.name,
        runningStatistic(pass.state(variance.name), batchVariance, count / (count - 1)),
      );
      const scale = tf.mul(gamma, tf.rsqrt(tf.add(batchVariance, tf.scalar(EPSILON))));
      return tf.reshape(affine(centred as tf.Tensor2D, scale, beta), input.shape);
    },
  };
}

/** rows * scale + shift, by channel. */
function affine(rows: tf.Tensor2D, scale: tf.Tensor, shift: tf.Tensor): tf.Tensor {
  const channels = rows.shape[1];
  return tf.add(tf.mul(rows, tf.reshape(scale, [1, channels])), tf.reshape(shift, [1, channels]));
}

/**
 * A running mean or variance after one more batch.
 * @param factor - of what was observed: count / (count - 1) makes a variance unbiased
 */
export function runningStatistic(old: tf.Tensor, observed: tf.Tensor, factor: number): tf.Tensor {
  const fresh = tf.mul(tf.reshape(observed, old.shape), tf.scalar(MOMENTUM * factor));
  return tf.add(tf.mul(old, tf.scalar(1 - MOMENTUM)), fresh);
}
