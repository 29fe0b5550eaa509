/** Forward and backward through a network in training mode, for one batch or a part of it. */
import * as tf from '@tensorflow/tfjs';
import { stream } from '../core/random/philox.ts';
import { watchingOverflow } from './kernels/half-tensors.ts';
import { CROSS_ENTROPY, type Loss } from './losses/loss.ts';
import type { Network } from './networks/network.ts';

export interface PassInput {
  /** `[elements, ...spatial, channels]` */
  readonly input: tf.Tensor;
  /** Class codes or values, one an element. */
  readonly labels: readonly number[];
  /** Of the batch's mean loss, by elements. */
  readonly share: number;
}

export interface PassOptions {
  readonly network: Network;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** What the loss is multiplied by, where gradients are halves. */
  readonly scale: number;
  /** int32 `[1]`; becomes 1 when a gradient is too large for a half. */
  readonly overflow: tf.Tensor | undefined;
  /** Numbers for dropout, and for a variational code. */
  readonly uniform: (shape: number[]) => tf.Tensor;
  /** What is made small; cross-entropy when absent. */
  readonly loss?: Loss | undefined;
  /** What the gradient of a head of domains is multiplied by, and turned round; 1 when absent. */
  readonly reversal?: number | undefined;
}

export interface PassResult {
  /** The share of the mean loss, scaled. */
  readonly loss: tf.Scalar;
  /** Its gradients, by parameter. */
  readonly gradients: tf.NamedTensorMap;
  /** New running statistics, for `network.commit`. */
  readonly updates: Map<string, tf.Tensor>;
}

export function trainingPass(
  { input, labels, share }: PassInput,
  options: PassOptions,
): PassResult {
  const { network, parameters, scale, overflow, uniform, loss = CROSS_ENTROPY } = options;
  const { reversal = 1 } = options;
  const updates = new Map<string, tf.Tensor>();
  const factor = share * scale;
  const score = () => {
    const outputs = network.trainAll(input, uniform, updates, { reversal });
    const { total } = loss.of(outputs, { labels, input, share });
    return factor === 1 ? total : tf.mul<tf.Scalar>(total, tf.scalar(factor));
  };
  const differentiate = () => tf.variableGrads(score, [...parameters.values()]);
  const { value, grads } =
    overflow === undefined ? differentiate() : watchingOverflow(overflow, differentiate);
  // tfjs names gradients by its own names of the variables.
  const gradients: tf.NamedTensorMap = {};
  for (const [name, variable] of parameters) {
    const gradient = grads[variable.name];
    if (gradient !== undefined) gradients[name] = gradient;
  }
  return { loss: value, gradients, updates };
}

/**
 * Numbers for dropout: the same for the same seed, epoch and batch, on any device. Those of the parts
 * of a batch go on where the part before ended.
 */
export function dropoutNumbers(seed: number, epoch: number, iteration: number) {
  const generator = stream(seed, 'dropout', epoch * 2 ** 20 + iteration);
  return (shape: number[]) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return tf.tensor(
      Float32Array.from({ length: size }, () => generator.uniform()),
      shape,
    );
  };
}
