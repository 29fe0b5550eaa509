/**
 * An input and what the network makes of it, for who wants to know whether an exported model still
 * gives the same numbers elsewhere. The input is noise between 0 and 1, drawn from a seed.
 */
import * as tf from '@tensorflow/tfjs';
import { stream } from '../../core/random/philox.ts';
import { sizeOf } from '../layers/layer.ts';
import type { Network } from '../networks/network.ts';

export interface Numbers {
  /** Channels first, `[1, channels, ...spatial]` or `[1, scores]`. */
  readonly shape: readonly number[];
  readonly values: Float32Array<ArrayBuffer>;
}

/** In evaluation, one element. */
export async function testVector(
  network: Network,
  seed: number,
): Promise<{ input: Numbers; output: Numbers }> {
  const shape = [1, ...network.plan.inputShape];
  const random = stream(seed, 'test vector');
  const values = Float32Array.from({ length: sizeOf(shape) }, () => random.uniform());
  const [input, output] = tf.tidy(() => {
    const given = tf.tensor(values, shape);
    return [given, network.evaluate(given).output].map(channelsFirst);
  }) as [tf.Tensor, tf.Tensor];
  const numbers = { input: await numbersOf(input), output: await numbersOf(output) };
  tf.dispose([input, output]);
  return numbers;
}

/** `[batch, ...spatial, channels]` as PyTorch and ONNX order it. */
export function channelsFirst(tensor: tf.Tensor): tf.Tensor {
  if (tensor.rank < 3) return tf.clone(tensor);
  const spatial = Array.from({ length: tensor.rank - 2 }, (_, axis) => axis + 1);
  return tf.transpose(tensor, [0, tensor.rank - 1, ...spatial]);
}

async function numbersOf(tensor: tf.Tensor): Promise<Numbers> {
  return { shape: [...tensor.shape], values: new Float32Array(await tensor.data()) };
}
