/**
 * Feature maps put together along their channels, as `torch.cat` of dim 1. Channels are fastest in
 * memory, so that all maps are rows of numbers and the stock concatenation of matrices does it, and
 * its gradient, on both paths.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { inOnnx, inOrder, memoryOf, moduleLines, sequential, type Named } from './composite.ts';
import { sizeOf, type Layer, type LayerMemory } from './layer.ts';

/** @param maps - `[batch, ...spatial, channels]`, of any channels */
export function joinChannels(maps: readonly Tensor[]): Tensor {
  const channels = maps.map((map) => map.shape.at(-1) ?? 1);
  const rows = maps.map((map, index) => tf.reshape(map, [-1, channels[index] as number]));
  const width = channels.reduce((sum, count) => sum + count, 0);
  return tf.reshape(tf.concat(rows, 1), [...(maps[0]?.shape.slice(0, -1) ?? []), width]);
}

/**
 * The joined maps and their gradient, and what each map gets of it.
 * @param shape - of the joined maps, without batch
 */
export function joinMemory(shape: readonly number[], batch: number): LayerMemory {
  const size = batch * sizeOf(shape);
  return { kept: 3 * size, largest: size };
}

/**
 * What goes in, and behind its channels what the layers make of it (Huang et al. 2017).
 * @param inputShape - `[...spatial, channels]`
 * @param name - of the sequential of the layers
 */
export function growing(
  kind: string,
  inputShape: readonly number[],
  name: string,
  layers: readonly Layer[],
): Layer {
  const grown = layers.at(-1)?.outputShape ?? inputShape;
  const outputShape = [...inputShape.slice(0, -1), (inputShape.at(-1) ?? 0) + (grown.at(-1) ?? 0)];
  const through = inOrder(layers);
  const children: Named[] = [[name, sequential(layers)]];
  return {
    ...{ kind, outputShape, lines: moduleLines(kind, children) },
    states: layers.flatMap(({ states }) => states),
    forward: (input, pass) => joinChannels([input, through(input, pass)]),
    toOnnx: (graph, input) =>
      graph.node('Concat', [input, inOnnx(layers)(graph, input)], { axis: 1 }),
    memory(batch) {
      const own = memoryOf(layers, batch);
      const joined = joinMemory(outputShape, batch);
      // The gradients of the input from both sides, added up.
      const sum = batch * sizeOf(inputShape);
      return {
        ...own,
        kept: own.kept + joined.kept + sum,
        largest: Math.max(own.largest, joined.largest),
      };
    },
  };
}
