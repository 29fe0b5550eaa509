/**
 * ResNet-10, 18, 34 and 50 (He et al. 2016) for volumes (Hara, Kataoka and Satoh 2018; weights for
 * medical volumes: Chen, Ma and Zheng 2019, Med3D) and images. Names, shapes and order of the states
 * are those of MONAI 1.5.0, `monai.networks.nets.resnet` (Apache-2.0; its names only), so that a
 * state dict goes either way. Defaults are MONAI's but for the stride of the first convolution: 2, as
 * in the papers, in Med3D and in MONAI's own `ResNetFeatures`; its `resnet10` takes 1, which makes
 * maps of a whole brain eight times as large. Weights of Med3D: `bias_downsample` false, and in
 * ResNet-18 and 34 `shortcut_type` A. MONAI has no dropout here; ours stands before the dense layer.
 */
import * as tf from '@tensorflow/tfjs';
import { batchNorm } from '../layers/batch-norm.ts';
import { inOnnx, residual, sequential } from '../layers/composite.ts';
import { sizeOf, type Layer } from '../layers/layer.ts';
import { constantOf } from '../layers/plain.ts';
import { avgPool, maxPool } from '../layers/pooling.ts';
import { Draws } from './draws.ts';
import { checkDeepest, parts, pooledHead, reluInplace, type Part } from './monai-parts.ts';
import type { NetworkPlan } from './plan.ts';

/** Blocks of each level, and whether they are bottlenecks. */
const ARCHITECTURES = {
  MonaiResNet10: { blocks: [1, 1, 1, 1], isBottleneck: false },
  MonaiResNet18: { blocks: [2, 2, 2, 2], isBottleneck: false },
  MonaiResNet34: { blocks: [3, 4, 6, 3], isBottleneck: false },
  MonaiResNet50: { blocks: [3, 4, 6, 3], isBottleneck: true },
} as const;
export type MonaiResNet = keyof typeof ARCHITECTURES;

/** Named as MONAI's arguments. */
export interface MonaiResNetOptions {
  /** Of the first convolution. */
  readonly conv1_t_stride: number;
  /** Where a block changes the shape: A, every second voxel and channels of zeros; B, a convolution. */
  readonly shortcut_type: 'A' | 'B';
  /** Whether that convolution has a bias. */
  readonly bias_downsample: boolean;
  /** Channels of each level; four of 64 to 512. */
  readonly block_inplanes: readonly number[];
  /** Blocks of each level; those of the name when absent. */
  readonly layers?: readonly number[];
}

const DEFAULTS: MonaiResNetOptions = {
  ...{ conv1_t_stride: 2, shortcut_type: 'B', bias_downsample: true },
  block_inplanes: [64, 128, 256, 512],
};
const EXPANSION = 4;

/**
 * @param inputShape - `[...spatial, channels]`, two or three spatial axes
 * @throws CapsuleError NETWORK_INPUT
 */
export function monaiResNet(
  name: MonaiResNet,
  inputShape: readonly number[],
  outputs: number,
  dropoutRate: number,
  given: Partial<MonaiResNetOptions> = {},
): NetworkPlan {
  const options = { ...DEFAULTS, ...given };
  const { blocks: named, isBottleneck } = ARCHITECTURES[name];
  const blocks = options.layers ?? named;
  const draws = new Draws('fan_out');
  const [width = 1] = options.block_inplanes;
  const stem = draws.convolution('conv1', inputShape, width, {
    ...{ window: 7, stride: options.conv1_t_stride, padding: 3, bias: false },
  });
  const pool = maxPool(stem.outputShape, { window: 3, stride: 2, padding: 1 });
  const layers: Part[] = [
    ['conv1', stem],
    ['bn1', batchNorm('bn1', stem.outputShape)],
    ['act', reluInplace(stem.outputShape)],
    ['maxpool', pool],
  ];
  let shape = pool.outputShape;
  const makeBlock = isBottleneck ? bottleneck : basicBlock;
  for (const [level, planes] of options.block_inplanes.entries()) {
    const prefix = `layer${level + 1}`;
    const made: Layer[] = [];
    for (let index = 0; index < (blocks[level] ?? 0); index++) {
      const stride = level > 0 && index === 0 ? 2 : 1;
      const block = makeBlock(draws, `${prefix}.${index}`, shape, { planes, stride, options });
      made.push(block);
      shape = block.outputShape;
    }
    layers.push([prefix, sequential(made)]);
  }
  checkDeepest(inputShape, shape, options.conv1_t_stride === 1 ? 4 : 5);
  const head = pooledHead(
    shape,
    dropoutRate,
    ['avgpool', 'fc'],
    draws.linear('fc', shape.at(-1) ?? 1, outputs),
  );
  const sequentials = [parts(layers), head];
  return { name, inputShape, outputs, sequentials, drawn: draws.drawn(sequentials) };
}

interface Block {
  readonly planes: number;
  readonly stride: number;
  readonly options: MonaiResNetOptions;
}

function basicBlock(
  draws: Draws,
  name: string,
  shape: readonly number[],
  { planes, stride, options }: Block,
): Layer {
  const shortcut = shortcutOf(draws, name, shape, planes, stride, options);
  const conv1 = draws.convolution(`${name}.conv1`, shape, planes, { stride, bias: false });
  const inner = conv1.outputShape;
  const conv2 = draws.convolution(`${name}.conv2`, inner, planes, { bias: false });
  const act: Part = ['act', reluInplace(inner)];
  const first: Part[] = [
    ['conv1', conv1],
    ['bn1', batchNorm(`${name}.bn1`, inner)],
  ];
  const second: Part[] = [
    ['conv2', conv2],
    ['bn2', batchNorm(`${name}.bn2`, inner)],
  ];
  return residual(shape, {
    kind: 'ResNetBlock',
    main: [...first, act, ...second],
    shortcut,
    activation: act,
    children: [...first, act, ...second, ...printedShortcut(shortcut)],
  });
}

function bottleneck(
  draws: Draws,
  name: string,
  shape: readonly number[],
  { planes, stride, options }: Block,
): Layer {
  const wide = planes * EXPANSION;
  const shortcut = shortcutOf(draws, name, shape, wide, stride, options);
  const point = { window: 1, padding: 0, bias: false };
  const conv1 = draws.convolution(`${name}.conv1`, shape, planes, point);
  const conv2 = draws.convolution(`${name}.conv2`, conv1.outputShape, planes, {
    ...{ stride, bias: false },
  });
  const conv3 = draws.convolution(`${name}.conv3`, conv2.outputShape, wide, point);
  const norm = (index: number, { outputShape }: Layer): Part => [
    `bn${index}`,
    batchNorm(`${name}.bn${index}`, outputShape),
  ];
  const normalised = [norm(1, conv1), norm(2, conv2), norm(3, conv3)] as const;
  const act: Part = ['act', reluInplace(conv3.outputShape)];
  const inner = (layer: Layer): Part => ['act', reluInplace(layer.outputShape)];
  const [bn1, bn2, bn3] = normalised;
  return residual(shape, {
    kind: 'ResNetBottleneck',
    main: [
      ...([['conv1', conv1], bn1, inner(conv1)] as const),
      ...([['conv2', conv2], bn2, inner(conv2)] as const),
      ...([['conv3', conv3], bn3] as const),
    ],
    shortcut,
    activation: act,
    children: [
      ...([['conv1', conv1], bn1, ['conv2', conv2], bn2, ['conv3', conv3], bn3, act] as const),
      ...printedShortcut(shortcut),
    ],
  });
}

function shortcutOf(
  draws: Draws,
  name: string,
  shape: readonly number[],
  channels: number,
  stride: number,
  { shortcut_type, bias_downsample }: MonaiResNetOptions,
): Part[] {
  if (stride === 1 && shape.at(-1) === channels) return [];
  if (shortcut_type === 'A') return [['downsample', thinned(shape, channels, stride)]];
  const convolved = draws.convolution(`${name}.downsample.0`, shape, channels, {
    ...{ window: 1, padding: 0, stride, bias: bias_downsample },
  });
  const norm = batchNorm(`${name}.downsample.1`, convolved.outputShape);
  return [['downsample', sequential([convolved, norm])]];
}

/** A shortcut of type A is a function there, and is not printed. */
const printedShortcut = (shortcut: readonly Part[]) =>
  shortcut.filter(([, { lines }]) => lines.length > 0);

/**
 * Every `stride`-th voxel, and zeros for the channels that are missing. No gradient goes back through
 * it, in MONAI and in Hara's program alike, so that weights go on training as they began.
 */
function thinned(shape: readonly number[], channels: number, stride: number): Layer {
  const pool = avgPool(shape, { window: 1, stride });
  const outputShape = [...pool.outputShape.slice(0, -1), channels];
  const inputs = shape.at(-1) ?? 1;
  return {
    ...{ kind: 'Downsample', lines: [], states: [], outputShape },
    forward(input, pass) {
      return constantOf(() => {
        const rows = tf.reshape(pool.forward(input, pass), [-1, inputs]);
        const padded = tf.pad(rows, [
          [0, 0],
          [0, channels - inputs],
        ]);
        return tf.reshape(padded, [input.shape[0] ?? 1, ...outputShape]);
      });
    },
    toOnnx(graph, input) {
      const none = shape.map(() => 0);
      const more = [0, channels - inputs, ...none.slice(1)];
      return graph.node('Pad', [
        inOnnx([pool])(graph, input),
        graph.integers([0, ...none, ...more]),
      ]);
    },
    memory: (batch) => ({
      kept: batch * sizeOf(outputShape),
      largest: batch * sizeOf(outputShape),
    }),
  };
}
