/**
 * ClinicaDL's GeneratorUNet: five halvings to 512 channels and back (Ronneberger et al. 2015, in the
 * manner of Isola et al. 2017), each level of the way back joined by the map of the same size on the
 * way down; instance normalisation, tanh at the end. A plain generator of reconstructions.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { CapsuleError } from '../../core/errors.ts';
import { leakyRelu, relu, tanh } from '../layers/activations.ts';
import { convolution } from '../layers/convolution.ts';
import { instanceNorm } from '../layers/group-norm.ts';
import { sizeOf, type Layer, type LayerMemory } from '../layers/layer.ts';
import { transposedConvolution } from '../layers/transposed-convolution.ts';
import { upsample } from '../layers/upsample.ts';
import type { NetworkPlan } from './plan.ts';

const LEVELS = 5;
const SMALLEST = 2 ** LEVELS;

/**
 * @param inputShape - `[X, Y, Z, channels]`, multiples of 32 and more than one of them in all, since
 *   the deepest map is normalised by itself
 * @param width - channels of the first level; ClinicaDL's are 64
 * @throws CapsuleError NETWORK_INPUT
 */
export function generatorUNet(inputShape: readonly number[], width = 64): NetworkPlan {
  const spatial = inputShape.slice(0, -1);
  const isDivisible = spatial.every((length) => length % SMALLEST === 0);
  if (!isDivisible || sizeOf(spatial) <= SMALLEST ** spatial.length) {
    throw new CapsuleError('NETWORK_INPUT', {
      expected: `axes that are multiples of ${SMALLEST}, one of them longer`,
      found: spatial.join(' x '),
    });
  }
  const down: Layer[][] = [];
  let shape = inputShape;
  for (const [index, factor] of [1, 2, 4, 8, 8].entries()) {
    const conv = convolution(`down${index + 1}.0`, shape, factor * width, { stride: 2 });
    shape = conv.outputShape;
    down.push([conv, instanceNorm(shape), leakyRelu(0.2)(shape)]);
  }
  const up: Layer[][] = [];
  const joins: (readonly number[])[] = [];
  for (const [index, factor] of [8, 4, 2, 1].entries()) {
    const name = `up${index + 1}.0`;
    const conv = transposedConvolution(name, shape, factor * width, { window: 4, stride: 2 });
    up.push([conv, instanceNorm(conv.outputShape), relu(conv.outputShape)]);
    // As many channels again from the way down.
    shape = [...conv.outputShape.slice(0, -1), 2 * factor * width];
    joins.push(shape);
  }
  const finer = upsample(shape, 2, 'nearest');
  const channels = inputShape.at(-1) as number;
  const last = [finer, convolution('final.1', finer.outputShape, channels), tanh(inputShape)];
  return {
    ...{ name: 'GeneratorUNet', inputShape, outputs: 0, sequentials: [...down, ...up, last] },
    flowMemory: (batch) => joinsMemory(joins, batch),
    flow(stages, input, pass) {
      const maps: Tensor[] = [];
      for (const stage of stages.slice(0, LEVELS)) maps.push(stage(maps.at(-1) ?? input, pass));
      const backwards = stages.slice(LEVELS);
      const output = backwards.reduce(
        (map, stage, index) => {
          const below = LEVELS - 1 - index;
          const joined = index === 0 ? map : tf.concat([map, maps[below] as Tensor], map.rank - 1);
          return stage(joined, pass);
        },
        maps.at(-1) as Tensor,
      );
      return { output };
    },
    onnxFlow(stages, graph, input) {
      const maps: string[] = [];
      for (const stage of stages.slice(0, LEVELS)) maps.push(stage(graph, maps.at(-1) ?? input));
      const output = stages.slice(LEVELS).reduce(
        (map, stage, index) => {
          const below = maps[LEVELS - 1 - index] as string;
          return stage(graph, index === 0 ? map : graph.node('Concat', [map, below], { axis: 1 }));
        },
        maps.at(-1) as string,
      );
      return { output };
    },
  };
}

/** Maps put together, and their gradients; and the one from below, which two layers took, added up. */
function joinsMemory(joins: readonly (readonly number[])[], batch: number): LayerMemory {
  const sizes = joins.map((shape) => batch * sizeOf(shape));
  const all = sizes.reduce((sum, size) => sum + size, 0);
  return { kept: 3 * all, largest: Math.max(...sizes) };
}
