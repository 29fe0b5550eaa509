/** The dense head: dropout and linear layers, with PyTorch's names, order and initialisation. */
import * as tf from '@tensorflow/tfjs';
import { biasUniform, kaimingUniform } from '../../core/random/torch-uniform.ts';
import { kernelsInUse } from '../kernels/choice.ts';
import { dense, densePartials } from '../kernels/dense.ts';
import { NO_MEMORY, type Layer, type StateSpec } from './layer.ts';

/** Zeroes each feature with probability `rate` in training and scales the others by 1/(1 - rate). */
export function dropout(inputShape: readonly number[], rate: number): Layer {
  return {
    kind: 'Dropout',
    lines: [`Dropout(p=${Number.isInteger(rate) ? rate.toFixed(1) : rate}, inplace=False)`],
    states: [],
    outputShape: inputShape,
    forward(input, pass) {
      if (!pass.training || rate === 0) return input;
      const kept = tf.cast(tf.greaterEqual(pass.uniform(input.shape), tf.scalar(rate)), 'float32');
      return tf.mul(input, tf.mul(kept, tf.scalar(1 / (1 - rate))));
    },
    memory: () => NO_MEMORY,
  };
}

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
    memory(batch) {
      const workspace = densePartials(batch, inputs, outputs);
      // The weight is bound in ranges, so it is not among what must be bound as a whole.
      return { kept: 0, workspace, largest: Math.max(...workspace) };
    },
  };
}
