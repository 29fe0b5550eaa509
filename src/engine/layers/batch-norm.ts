/**
 * Batch normalisation (Ioffe and Szegedy 2015) as PyTorch's `BatchNorm2d` and `BatchNorm3d`: over
 * batch and space for each channel, epsilon 1e-5, momentum 0.1, biased variance to normalise,
 * unbiased variance into the running statistics. The plain path works on `[batch * voxels,
 * channels]`, since tfjs cannot normalise in rank five.
 */
import * as tf from '@tensorflow/tfjs';
import { Float } from '../../core/onnx/graph.ts';
import { kernelsInUse } from '../kernels/choice.ts';
import { groupNormalisation } from '../kernels/group-normalisation.ts';
import { channelMeans } from './channel-means.ts';
import { mapMemory, type Layer, type Pass, type StateSpec } from './layer.ts';

const EPSILON = 1e-5;
const MOMENTUM = 0.1;

/**
 * @param zeroPassBias - bias of the convolution before. Some of ClinicaDL's constructors pass a batch
 *   of zeros through the network once in training mode, so a fresh network has a running mean of 0.1
 *   times that bias, a running variance of 0.9, and has tracked one batch. (There, rounding errors
 *   grow by 1/sqrt(epsilon) at each block and stain the last ones; here the values are exact.)
 *   Absent where nothing went through it: 0, 1 and no batch.
 */
export function batchNorm(
  name: string,
  inputShape: readonly number[],
  zeroPassBias?: () => Float32Array,
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
  const firstMean = (before: () => Float32Array) => () =>
    Float32Array.from(before(), (value) => Math.fround(MOMENTUM * value));
  const isFresh = zeroPassBias === undefined;
  const mean = vector('running_mean', false, isFresh ? filled(0) : firstMean(zeroPassBias));
  const variance = vector('running_var', false, filled(isFresh ? 1 : 1 - MOMENTUM));
  const tracked: StateSpec = {
    name: `${name}.num_batches_tracked`,
    shape: [],
    trained: false,
    counter: true,
    initial: () => new Float32Array([isFresh ? 0 : 1]),
  };
  /** @param observed - mean and biased variance of `count` voxels. */
  const track = (pass: Pass, observed: { mean: tf.Tensor; variance: tf.Tensor }, count: number) => {
    pass.update(mean.name, runningStatistic(pass.state(mean.name), observed.mean, 1));
    // A single voxel has no unbiased variance; PyTorch refuses it.
    const unbiased = count / Math.max(1, count - 1);
    const before = pass.state(variance.name);
    pass.update(variance.name, runningStatistic(before, observed.variance, unbiased));
  };
  return {
    kind: `BatchNorm${rank}d`,
    lines: [
      `BatchNorm${rank}d(${channels}, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)`,
    ],
    states: [weight, bias, mean, variance, tracked],
    outputShape: inputShape,
    isFusible: true,
    forward(input, pass) {
      const [gamma, beta] = [pass.state(weight.name), pass.state(bias.name)];
      const running = { mean: pass.state(mean.name), variance: pass.state(variance.name) };
      const count = input.size / channels;
      if (kernelsInUse()) {
        const given = pass.training ? undefined : running;
        const made = groupNormalisation(input, gamma, beta, { kind: 'batch' }, given);
        if (pass.training) track(pass, made, count);
        return made.output;
      }
      const rows = tf.reshape(input, [-1, channels]) as tf.Tensor2D;
      if (!pass.training) {
        const scale = tf.mul(gamma, tf.rsqrt(tf.add(running.variance, tf.scalar(EPSILON))));
        const shift = tf.sub(beta, tf.mul(running.mean, scale));
        return tf.reshape(affine(rows, scale, shift), input.shape);
      }
      const batchMean = channelMeans(rows);
      const centred = tf.sub(rows, batchMean);
      const batchVariance = channelMeans(tf.square(centred) as tf.Tensor2D);
      track(pass, { mean: batchMean, variance: batchVariance }, count);
      const scale = tf.mul(gamma, tf.rsqrt(tf.add(batchVariance, tf.scalar(EPSILON))));
      return tf.reshape(affine(centred as tf.Tensor2D, scale, beta), input.shape);
    },
    toOnnx(graph, input) {
      const states = [weight, bias, mean, variance].map(({ name: key }) => graph.state(key));
      const attributes = { epsilon: new Float(EPSILON) };
      return graph.node('BatchNormalization', [input, ...states], attributes);
    },
    memory: (batch) => mapMemory(inputShape, batch),
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
