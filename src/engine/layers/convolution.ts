/**
 * Convolution with kernel 3, stride 1 and padding 1, in two or three dimensions, with bias:
 * `Conv2d` and `Conv3d` of PyTorch. Initialisation: weights and bias U(-1/sqrt(fan_in), 1/sqrt(fan_in)).
 */
import * as tf from '@tensorflow/tfjs';
import { kaimingUniform, biasUniform } from '../../core/random/torch-uniform.ts';
import type { Layer, Pass, StateSpec } from './layer.ts';

const KERNEL = 3;

/**
 * @param name - prefix of the state-dict keys, such as `convolutions.0`
 * @param inputShape - `[...spatial, channels]`
 * @param channels - output channels
 */
export function convolution(name: string, inputShape: readonly number[], channels: number): Layer {
  const rank = inputShape.length - 1;
  const inputs = inputShape[rank] as number;
  const window = new Array<number>(rank).fill(KERNEL);
  const fanIn = inputs * KERNEL ** rank;
  const weight: StateSpec = {
    name: `${name}.weight`,
    shape: [channels, inputs, ...window],
    trained: true,
    // [out, in, ...window] becomes [...window, in, out].
    toOurs: [...window.map((_, axis) => axis + 2), 1, 0],
    initial: (generator) => kaimingUniform(weight.shape, fanIn, generator),
  };
  const bias: StateSpec = {
    name: `${name}.bias`,
    shape: [channels],
    trained: true,
    initial: (generator) => biasUniform(channels, fanIn, generator),
  };
  const tuple = (value: number) => `(${new Array<number>(rank).fill(value).join(', ')})`;
  return {
    kind: `Conv${rank}d`,
    lines: [
      `Conv${rank}d(${inputs}, ${channels}, kernel_size=${tuple(KERNEL)}, stride=${tuple(1)}, padding=${tuple(1)})`,
    ],
    states: [weight, bias],
    outputShape: [...inputShape.slice(0, rank), channels],
    forward: (input, pass) => addBias(convolve(input, pass.state(weight.name)), pass, bias.name),
  };
}

function convolve(input: tf.Tensor, filter: tf.Tensor): tf.Tensor {
  return input.rank === 5
    ? tf.conv3d(input as tf.Tensor5D, filter as tf.Tensor5D, 1, 'same')
    : tf.conv2d(input as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');
}

function addBias(output: tf.Tensor, pass: Pass, name: string): tf.Tensor {
  const channels = output.shape[output.rank - 1] as number;
  return tf.reshape(
    tf.add(tf.reshape(output, [-1, channels]), tf.reshape(pass.state(name), [1, channels])),
    output.shape,
  );
}
