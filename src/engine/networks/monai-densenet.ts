/**
 * DenseNet-121 (Huang, Liu, van der Maaten and Weinberger 2017) for volumes and images: four blocks
 * of 6, 12, 24 and 16 layers, each adding 32 channels to those that it was given, with a halving
 * between blocks. Names, shapes and order of the states are those of MONAI 1.5.0,
 * `monai.networks.nets.densenet` (Apache-2.0; its names only). Dropout is MONAI's `dropout_prob`:
 * whole channels, behind each layer.
 */
import { batchNorm } from '../layers/batch-norm.ts';
import { sequential } from '../layers/composite.ts';
import { channelDropout } from '../layers/dense.ts';
import { growing } from '../layers/join.ts';
import type { Layer } from '../layers/layer.ts';
import { avgPool, globalAvgPool, maxPool } from '../layers/pooling.ts';
import { flatten } from '../layers/shape.ts';
import { Draws } from './draws.ts';
import { checkDeepest, parts, reluInplace, type Part } from './monai-parts.ts';
import type { NetworkPlan } from './plan.ts';

/** Named as MONAI's arguments. */
export interface DenseNetOptions {
  readonly init_features: number;
  /** Channels that a layer adds. */
  readonly growth_rate: number;
  /** Layers of each block. */
  readonly block_config: readonly number[];
}

const DENSENET_121: DenseNetOptions = {
  ...{ init_features: 64, growth_rate: 32, block_config: [6, 12, 24, 16] },
};
/** Channels inside of a layer, for each that it adds. */
const BOTTLENECK = 4;

/**
 * @param inputShape - `[...spatial, channels]`, two or three spatial axes
 * @throws CapsuleError NETWORK_INPUT
 */
export function denseNet121(
  inputShape: readonly number[],
  outputs: number,
  dropoutRate: number,
  given: Partial<DenseNetOptions> = {},
): NetworkPlan {
  const options = { ...DENSENET_121, ...given };
  const draws = new Draws('fan_in');
  const conv0 = draws.convolution('features.conv0', inputShape, options.init_features, {
    ...{ window: 7, stride: 2, padding: 3, bias: false },
  });
  const pool0 = maxPool(conv0.outputShape, { window: 3, stride: 2, padding: 1 });
  const features: Part[] = [
    ['conv0', conv0],
    ['norm0', batchNorm('features.norm0', conv0.outputShape)],
    ['relu0', reluInplace(conv0.outputShape)],
    ['pool0', pool0],
  ];
  let shape = pool0.outputShape;
  const blocks = options.block_config.length;
  for (const [index, layers] of options.block_config.entries()) {
    const made: Part[] = [];
    for (let number = 1; number <= layers; number++) {
      const name = `features.denseblock${index + 1}.denselayer${number}`;
      const layer = denseLayer(draws, name, shape, options.growth_rate, dropoutRate);
      made.push([`denselayer${number}`, layer]);
      shape = layer.outputShape;
    }
    features.push([`denseblock${index + 1}`, sequential(parts(made), '_DenseBlock')]);
    if (index === blocks - 1) break;
    const next = transition(draws, `features.transition${index + 1}`, shape);
    features.push([`transition${index + 1}`, next]);
    shape = next.outputShape;
  }
  checkDeepest(inputShape, shape, blocks + 1);
  features.push(['norm5', batchNorm('features.norm5', shape)]);
  const channels = shape.at(-1) ?? 1;
  const average = globalAvgPool(shape);
  const head: Part[] = [
    ['relu', reluInplace(shape)],
    ['pool', average],
    ['flatten', flatten(average.outputShape)],
    ['out', draws.linear('class_layers.out', channels, outputs)],
  ];
  const sequentials = [parts(features), parts(head)];
  const drawn = draws.drawn(sequentials);
  return { name: 'MonaiDenseNet121', inputShape, outputs, sequentials, drawn };
}

function denseLayer(
  draws: Draws,
  prefix: string,
  shape: readonly number[],
  growth: number,
  dropoutRate: number,
): Layer {
  const name = `${prefix}.layers`;
  const conv1 = draws.convolution(`${name}.conv1`, shape, BOTTLENECK * growth, {
    ...{ window: 1, padding: 0, bias: false },
  });
  const inner = conv1.outputShape;
  const conv2 = draws.convolution(`${name}.conv2`, inner, growth, { bias: false });
  const layers: Part[] = [
    ['norm1', batchNorm(`${name}.norm1`, shape)],
    ['relu1', reluInplace(shape)],
    ['conv1', conv1],
    ['norm2', batchNorm(`${name}.norm2`, inner)],
    ['relu2', reluInplace(inner)],
    ['conv2', conv2],
  ];
  if (dropoutRate > 0) layers.push(['dropout', channelDropout(conv2.outputShape, dropoutRate)]);
  return growing('_DenseLayer', shape, 'layers', parts(layers));
}

function transition(draws: Draws, name: string, shape: readonly number[]): Layer {
  const half = Math.floor((shape.at(-1) ?? 2) / 2);
  const conv = draws.convolution(`${name}.conv`, shape, half, {
    ...{ window: 1, padding: 0, bias: false },
  });
  const layers: Part[] = [
    ['norm', batchNorm(`${name}.norm`, shape)],
    ['relu', reluInplace(shape)],
    ['conv', conv],
    ['pool', avgPool(conv.outputShape, { window: 2, stride: 2 })],
  ];
  return sequential(parts(layers), '_Transition');
}
