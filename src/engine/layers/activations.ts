/** Element-wise layers, named and printed as PyTorch's. They have no state. */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { Float } from '../../core/onnx/graph.ts';
import { kernelsInUse } from '../kernels/choice.ts';
import { activate, type Activation } from './activation-kernel.ts';
import { mapMemory, type Layer } from './layer.ts';

export type ActivationLayer = (inputShape: readonly number[]) => Layer;

/**
 * In the dense head, where numbers are few, ReLU is the stock operation on both paths.
 * @param inputShape - `[...spatial, channels]` or `[features]`
 */
export const relu: ActivationLayer = (inputShape) => {
  const layer = layerOf('ReLU', '', inputShape, 'relu', tf.relu, inputShape.length === 1);
  return {
    ...layer,
    isFusible: true,
    forward(input, pass) {
      const output = layer.forward(input, pass);
      return pass.afterRelu?.(output) ?? output;
    },
  };
};

/** @param slope - below zero, positive */
export const leakyRelu =
  (slope: number): ActivationLayer =>
  (inputShape) => {
    const plain = (input: Tensor) => tf.leakyRelu(input, slope);
    const settings = `negative_slope=${slope}`;
    return layerOf('LeakyReLU', settings, inputShape, 'leaky-relu', plain, false, slope);
  };

export const elu: ActivationLayer = (shape) => layerOf('ELU', 'alpha=1.0', shape, 'elu', tf.elu);

export const sigmoid: ActivationLayer = (shape) =>
  layerOf('Sigmoid', '', shape, 'sigmoid', tf.sigmoid);

export const tanh: ActivationLayer = (shape) => layerOf('Tanh', '', shape, 'tanh', tf.tanh);

export const softplus: ActivationLayer = (shape) =>
  layerOf('Softplus', 'beta=1.0, threshold=20.0', shape, 'softplus', tf.softplus);

/** Of ONNX, with its defaults but for a slope. */
const OPERATORS: Readonly<Record<Activation, string>> = {
  ...{ relu: 'Relu', 'leaky-relu': 'LeakyRelu', elu: 'Elu' },
  ...{ sigmoid: 'Sigmoid', tanh: 'Tanh', softplus: 'Softplus' },
};

function layerOf(
  kind: string,
  settings: string,
  inputShape: readonly number[],
  activation: Activation,
  plain: (input: Tensor) => Tensor,
  isStock = false,
  slope = 0,
): Layer {
  return {
    ...{ kind, lines: [`${kind}(${settings})`], states: [], outputShape: inputShape },
    forward(input) {
      if (kernelsInUse() && !isStock) return activate(input, activation, slope);
      // Some of the stock operations know no rank five.
      return tf.reshape(plain(tf.reshape(input, [-1])), input.shape);
    },
    toOnnx: (graph, input) =>
      graph.node(OPERATORS[activation], [input], slope > 0 ? { alpha: new Float(slope) } : {}),
    memory: (batch) => mapMemory(inputShape, batch),
  };
}
