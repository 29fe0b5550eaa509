/** The dense head: dropout and linear layers, with PyTorch's names, order and initialisation. */
import * as tf from '@tensorflow/tfjs';
import { biasUniform, kaimingUniform } from '../../core/random/torch-uniform.ts';
import { kernelsInUse } from '../kernels/choice.ts';
import { dense, densePartials } from '../kernels/dense.ts';
import { mapMemory, type Layer, type Pass, type StateSpec } from './layer.ts';

/** Zeroes each feature with probability `rate` in training and scales the others by 1/(1 - rate). */
export function dropout(inputShape: readonly number[], rate: number): Layer {
  return {
    kind: 'Dropout',
    lines: [`Dropout(p=${printed(rate)}, inplace=False)`],
    states: [],
    outputShape: inputShape,
    forward(input, pass) {
      if (!pass.training || rate === 0) return input;
      const factors = tf.reshape(keptFactors(input.shape, rate, pass), [-1]);
      return tf.reshape(tf.mul(tf.reshape(input, [-1]), factors), input.shape);
    },
    toOnnx: (_graph, input) => input,
    memory: (batch) => mapMemory(rate === 0 ? [] : inputShape, batch, 3),
  };
}

/** As `dropout`, but whole channels of a volume: PyTorch's `Dropout2d` and `Dropout3d`. */
export function channelDropout(inputShape: readonly number[], rate: number): Layer {
  const rank = inputShape.length - 1;
  return {
    ...dropout(inputShape, rate),
    kind: `Dropout${rank}d`,
    lines: [`Dropout${rank}d(p=${printed(rate)}, inplace=False)`],
    forward(input, pass) {
      if (!pass.training || rate === 0) return input;
      const [batch = 1] = input.shape;
      const channels = input.shape.at(-1) ?? 1;
      const factors = keptFactors([batch * channels], rate, pass);
      const voxels = tf.reshape(input, [batch, -1, channels]);
      return tf.reshape(tf.mul(voxels, tf.reshape(factors, [batch, 1, channels])), input.shape);
    },
    memory: (batch) => mapMemory(rate === 0 ? [] : inputShape, batch),
  };
}

/** 0 with probability `rate`, otherwise 1/(1 - rate). */
function keptFactors(shape: number[], rate: number, pass: Pass): tf.Tensor {
  const kept = tf.greaterEqual(pass.uniform(shape), tf.scalar(rate));
  return tf.mul(tf.cast(kept, 'float32'), tf.scalar(1 / (1 - rate)));
}

const printed = (rate: number) => (Number.isInteger(rate) ? rate.toFixed(1) : String(rate));

/** @param name - prefix of the state-dict keys, such as `fc.2` */
export function linear(name: string, inputs: number, outputs: number): Layer {
  const weight: StateSpec = {
    name: `${name}.weight`,
    shape: [outputs, inputs],
    trained: true,
    initial: (generator) => kaimingUniform(weight.shape, inputs, generator),
  };
  const bias: StateSpec = {
    name: `${name}.bias`,
    shape: [outputs],
    trained: true,
    initial: (generator) => biasUniform(outputs, inputs, generator),
  };
  return {
    kind: 'Linear',
    lines: [`Linear(in_features=${inputs}, out_features=${outputs}, bias=True)`],
    states: [weight, bias],
    outputShape: [outputs],
    forward(input, pass) {
      const [matrix, offset] = [pass.state(weight.name), pass.state(bias.name)];
      if (kernelsInUse()) return dense(input, matrix, offset);
      const product = tf.matMul(input as tf.Tensor2D, matrix as tf.Tensor2D, false, true);
      return tf.add(product, tf.reshape(offset, [1, outputs]));
    },
    toOnnx(graph, input) {
      const [matrix, offset] = [graph.state(weight.name), graph.state(bias.name)];
      return graph.node('Gemm', [input, matrix, offset], { transB: 1 });
    },
    memory(batch) {
      const workspace = densePartials(batch, inputs, outputs);
      // The weight is bound in ranges, so it is not among what must be bound as a whole.
      return { kept: 0, workspace, largest: Math.max(...workspace) };
    },
  };
}
