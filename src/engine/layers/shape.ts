/**
 * Volumes as features and back. PyTorch flattens `[batch, channels, ...spatial]`, so channels are
 * slowest among the features; ours are fastest in memory, and are moved.
 */
import * as tf from '@tensorflow/tfjs';
import { sizeOf, type Layer } from './layer.ts';

/** `[batch, ...spatial, channels]` to `[batch, features]`. */
export function flatten(inputShape: readonly number[]): Layer {
  const rank = inputShape.length;
  const features = sizeOf(inputShape);
  const channelsFirst = [0, rank, ...Array.from({ length: rank - 1 }, (_, axis) => axis + 1)];
  return {
    kind: 'Flatten',
    lines: ['Flatten(start_dim=1, end_dim=-1)'],
    states: [],
    outputShape: [features],
    forward: (input) => tf.reshape(tf.transpose(input, channelsFirst), [-1, features]),
    toOnnx: (graph, input) => graph.node('Flatten', [input], { axis: 1 }),
    memory: (batch) => movedMemory(features, batch),
  };
}

/**
 * `[batch, features]` to `[batch, ...spatial, channels]`.
 * @param outputShape - `[...spatial, channels]`
 */
export function unflatten(outputShape: readonly number[]): Layer {
  const rank = outputShape.length;
  const channelsFirst = [outputShape[rank - 1] as number, ...outputShape.slice(0, rank - 1)];
  const channelsLast = [0, ...Array.from({ length: rank - 1 }, (_, axis) => axis + 2), 1];
  return {
    kind: 'Unflatten',
    lines: [`Unflatten(dim=1, unflattened_size=(${channelsFirst.join(', ')}))`],
    states: [],
    outputShape,
    forward: (input) => tf.transpose(tf.reshape(input, [-1, ...channelsFirst]), channelsLast),
    // A length of 0 keeps that of the input: the batch.
    toOnnx: (graph, input) => graph.node('Reshape', [input, graph.integers([0, ...channelsFirst])]),
    memory: (batch) => movedMemory(sizeOf(outputShape), batch),
  };
}

/** Result, gradient, and what the dense layer beside it makes of its side. */
function movedMemory(features: number, batch: number) {
  return { kept: 4 * features * batch, largest: features * batch };
}
