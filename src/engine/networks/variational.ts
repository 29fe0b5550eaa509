/**
 * How the sequentials of a variational autoencoder (Kingma and Welling 2014) are joined: encoder,
 * mean, logarithm of the variance, decoder. The code is drawn where the pass has normal numbers, and
 * is the mean where it has none. In ClinicaDL the CVAE networks draw it in training only (but
 * CVAE_3D's own loss in evaluation too), the Vanilla ones always.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import type { Pass } from '../layers/layer.ts';
import type { NetworkOutputs, Stage } from './plan.ts';

export function variationalFlow(
  stages: readonly Stage[],
  input: Tensor,
  pass: Pass,
): NetworkOutputs {
  const [encode, mean, variance, decode] = stages as [Stage, Stage, Stage, Stage];
  const features = encode(input, pass);
  const [mu, logVariance] = [mean(features, pass), variance(features, pass)];
  const code = drawn(mu, logVariance, pass);
  return { output: decode(code, pass), code, mu, logVariance };
}

/** `mu + numbers * exp(logVariance / 2)` */
function drawn(mu: Tensor, logVariance: Tensor, { normal }: Pass): Tensor {
  if (normal === undefined) return mu;
  const deviation = tf.exp(tf.mul(logVariance, tf.scalar(0.5)));
  return tf.add(mu, tf.mul(normal(mu.shape), deviation));
}
