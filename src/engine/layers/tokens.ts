/**
 * Layers of a transformer: volumes cut into tokens, and what sees each token by itself, on
 * `[batch, tokens, width]`. Tokens are many
 * and a row of weights is short, so that the stock product of matrices computes them on both paths
 * (the dense layer's own kernel is made for few rows and long weights).
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { biasUniform, kaimingUniform } from '../../core/random/torch-uniform.ts';
import { convolution } from './convolution.ts';
import { sizeOf, type Layer, type StateSpec } from './layer.ts';

/**
 * PyTorch's `Linear` on each token.
 * @param name - prefix of the state-dict keys
 * @param inputShape - `[tokens, width]`
 */
export function tokenLinear(
  name: string,
  inputShape: readonly number[],
  outputs: number,
  hasBias = true,
): Layer {
  const inputs = inputShape.at(-1) ?? 1;
  const weight: StateSpec = {
    ...{ name: `${name}.weight`, shape: [outputs, inputs], trained: true },
    initial: (generator) => kaimingUniform(weight.shape, inputs, generator),
  };
  const bias: StateSpec = {
    ...{ name: `${name}.bias`, shape: [outputs], trained: true },
    initial: (generator) => biasUniform(outputs, inputs, generator),
  };
  const outputShape = [...inputShape.slice(0, -1), outputs];
  const printed = hasBias ? 'True' : 'False';
  return {
    kind: 'Linear',
    lines: [`Linear(in_features=${inputs}, out_features=${outputs}, bias=${printed})`],
    ...{ states: hasBias ? [weight, bias] : [weight], outputShape },
    forward(input, pass) {
      const rows = tf.reshape(input, [-1, inputs]);
      const product = tf.matMul(rows, pass.state(weight.name), false, true);
      const shifted = hasBias
        ? tf.add(product, tf.reshape(pass.state(bias.name), [1, outputs]))
        : product;
      return tf.reshape(shifted, [...input.shape.slice(0, -1), outputs]);
    },
    toOnnx(graph, input) {
      const matrix = graph.node('Transpose', [graph.state(weight.name)], { perm: [1, 0] });
      const product = graph.node('MatMul', [input, matrix]);
      return hasBias ? graph.node('Add', [product, graph.state(bias.name)]) : product;
    },
    memory(batch) {
      const size = batch * sizeOf(outputShape);
      // With a bias the product is kept as well.
      return { kept: (hasBias ? 3 : 2) * size, largest: size };
    },
  };
}

/**
 * `[batch, tokens, width]` with one more token before them, which is the same for all elements.
 * @param tokens - `[batch, tokens, width]`
 * @param first - `[1, 1, width]`
 */
export function withFirst(tokens: Tensor, first: Tensor): Tensor {
  const [batch = 1, count = 1, width = 1] = tokens.shape;
  const firsts = tf.tile(tf.reshape(first, [1, width]), [batch, 1]);
  const all = tf.concat([firsts, tf.reshape(tokens, [batch, count * width])], 1);
  return tf.reshape(all, [batch, count + 1, width]);
}

/** The first token of each element, `[batch, width]`. */
export function firstToken(tokens: Tensor): Tensor {
  const [batch = 1, count = 1, width = 1] = tokens.shape;
  return tf.slice(tf.reshape(tokens, [batch, count * width]), [0, 0], [batch, width]);
}

/**
 * A convolution whose windows stand side by side, as one product of matrices: each window is a row.
 * States, names and printed line are those of PyTorch's convolution. The generic kernels walk a window
 * tap by tap, and one of 16 voxels a side has 4096.
 * @param inputShape - `[...spatial, channels]`, two or three axes, multiples of `side`
 * @param side - voxels of a window along each axis
 */
export function patchConvolution(
  name: string,
  inputShape: readonly number[],
  channels: number,
  side: number,
): Layer {
  const conv = convolution(name, inputShape, channels, { window: side, stride: side, padding: 0 });
  const { outputShape } = conv;
  return {
    ...conv,
    forward(input, pass) {
      const rows = patchRows(input, side);
      const matrix = tf.reshape(pass.state(`${name}.weight`), [-1, channels]);
      const product = tf.matMul(rows, matrix);
      const shifted = tf.add(product, tf.reshape(pass.state(`${name}.bias`), [1, channels]));
      return tf.reshape(shifted, [input.shape[0] ?? 1, ...outputShape]);
    },
    memory(batch) {
      const [size, source] = [batch * sizeOf(outputShape), batch * sizeOf(inputShape)];
      // Rows are moved once for each axis but the first.
      const moves = inputShape.length - 2;
      return { kept: 3 * size + moves * source, largest: Math.max(size, source) };
    },
  };
}

/** `[batch * patches, voxels of a patch * channels]`, voxels in row-major order. */
function patchRows(input: Tensor, side: number): Tensor {
  const [batch = 1, ...spatial] = input.shape.slice(0, -1);
  const channels = input.shape.at(-1) ?? 1;
  // Voxels of the patch so far stand behind the places along the axis that comes next.
  let [places, voxels] = [(batch * (spatial[0] ?? 1)) / side, side];
  let rows: Tensor = input;
  for (const [axis, length] of spatial.slice(1).entries()) {
    const behind = sizeOf(spatial.slice(axis + 2)) * channels;
    const view = tf.reshape(rows, [places, voxels, length / side, side * behind]);
    rows = tf.transpose(view, [0, 2, 1, 3]);
    [places, voxels] = [(places * length) / side, voxels * side];
  }
  return tf.reshape(rows, [places, voxels * channels]);
}
