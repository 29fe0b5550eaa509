/**
 * How the sequentials of a variational autoencoder (Kingma and Welling 2014) are joined: encoder,
 * mean, logarithm of the variance, decoder. The code is drawn where the pass has normal numbers, and
 * is the mean where it has none. In ClinicaDL the CVAE networks draw it in training only (but
 * CVAE_3D's own loss in evaluation too), the Vanilla ones always.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import type { OnnxGraph } from '../../core/onnx/graph.ts';
import type { Pass } from '../layers/layer.ts';
import type { NetworkOutputs, NetworkPlan, OnnxOutputs, OnnxStage, Stage } from './plan.ts';

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

/** In evaluation: the code is the mean, which is returned once. */
export function variationalInOnnx(
  stages: readonly OnnxStage[],
  graph: OnnxGraph,
  input: string,
): OnnxOutputs {
  const [encode, mean, variance, decode] = stages as [OnnxStage, OnnxStage, OnnxStage, OnnxStage];
  const features = encode(graph, input);
  const mu = mean(graph, features);
  return { output: decode(graph, mu), mu, logVariance: variance(graph, features) };
}

export const isVariational = ({ flow }: NetworkPlan): boolean => flow === variationalFlow;

/** Whether ClinicaDL draws the code in evaluation too. */
export const drawsAlways = (plan: NetworkPlan): boolean =>
  isVariational(plan) && (plan.name === 'CVAE_3D' || plan.name.startsWith('Vanilla'));

/** `mu + numbers * exp(logVariance / 2)` */
function drawn(mu: Tensor, logVariance: Tensor, { normal }: Pass): Tensor {
  if (normal === undefined) return mu;
  const deviation = tf.exp(tf.mul(logVariance, tf.scalar(0.5)));
  return tf.add(mu, tf.mul(normal(mu.shape), deviation));
}
