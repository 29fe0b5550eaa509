/**
 * SE-ResNet-50 (Hu, Shen and Sun 2018) for volumes and images: ResNet-50's bottlenecks, each with
 * squeeze and excitation of a sixteenth of its channels. Names, shapes and order of the states are
 * those of MONAI 1.5.0, `monai.networks.nets.senet` (Apache-2.0; its names only). As there, the first
 * of a bottleneck's convolutions halves, and the first pooling has no padding and rounds up. Dropout
 * is MONAI's `dropout_prob`, before the dense layer.
 */
import { batchNorm } from '../layers/batch-norm.ts';
import { moduleLines, residual, sequential } from '../layers/composite.ts';
import type { ConvolutionOptions } from '../layers/convolution.ts';
import type { Layer } from '../layers/layer.ts';
import { maxPool } from '../layers/pooling.ts';
import { squeezeExcitation } from '../layers/squeeze-excitation.ts';
import { Draws } from './draws.ts';
import { checkDeepest, parts, pooledHead, reluInplace, type Part } from './monai-parts.ts';
import type { NetworkPlan } from './plan.ts';

/** Named as MONAI's arguments. */
export interface SeResNetOptions {
  /** Blocks of each level, whose channels double from `inplanes` on. */
  readonly layers: readonly number[];
  /** Channels of the first convolution. */
  readonly inplanes: number;
}

const SE_RESNET_50: SeResNetOptions = { layers: [3, 4, 6, 3], inplanes: 64 };
const EXPANSION = 4;
const REDUCTION = 16;

/**
 * @param inputShape - `[...spatial, channels]`, two or three spatial axes
 * @throws CapsuleError NETWORK_INPUT
 */
export function seResNet50(
  inputShape: readonly number[],
  outputs: number,
  dropoutRate: number,
  given: Partial<SeResNetOptions> = {},
): NetworkPlan {
  const { layers, inplanes } = { ...SE_RESNET_50, ...given };
  const draws = new Draws('fan_in');
  const conv1 = draws.convolution('layer0.conv1', inputShape, inplanes, {
    ...{ window: 7, stride: 2, padding: 3, bias: false },
  });
  const pool = maxPool(conv1.outputShape, { window: 3, stride: 2, ceilMode: true });
  const stem: Part[] = [
    ['conv1', conv1],
    ['bn1', batchNorm('layer0.bn1', conv1.outputShape)],
    ['relu1', reluInplace(conv1.outputShape)],
    ['pool', pool],
  ];
  const levels: Part[] = [['layer0', sequential(parts(stem))]];
  let shape = pool.outputShape;
  for (const [level, blocks] of layers.entries()) {
    const prefix = `layer${level + 1}`;
    const made: Layer[] = [];
    for (let index = 0; index < blocks; index++) {
      const stride = level > 0 && index === 0 ? 2 : 1;
      const block = bottleneck(draws, `${prefix}.${index}`, shape, inplanes * 2 ** level, stride);
      made.push(block);
      shape = block.outputShape;
    }
    levels.push([prefix, sequential(made)]);
  }
  checkDeepest(inputShape, shape, layers.length + 1);
  const head = pooledHead(
    shape,
    dropoutRate,
    ['adaptive_avg_pool', 'last_linear'],
    draws.linear('last_linear', shape.at(-1) ?? 1, outputs),
  );
  const sequentials = [parts(levels), head];
  const drawn = draws.drawn(sequentials);
  return { name: 'MonaiSEResNet50', inputShape, outputs, sequentials, drawn };
}

const POINT: ConvolutionOptions = { window: 1, padding: 0, bias: false };

function bottleneck(
  draws: Draws,
  name: string,
  shape: readonly number[],
  planes: number,
  stride: number,
): Layer {
  const wide = planes * EXPANSION;
  const isSame = stride === 1 && shape.at(-1) === wide;
  const project = isSame
    ? undefined
    : convolved(draws, `${name}.project`, shape, wide, { ...POINT, stride }, false);
  const conv1 = convolved(draws, `${name}.conv1`, shape, planes, { ...POINT, stride }, true);
  const inner = conv1.outputShape;
  const conv2 = convolved(draws, `${name}.conv2`, inner, planes, { bias: false }, true);
  const conv3 = convolved(draws, `${name}.conv3`, inner, wide, POINT, false);
  const out = conv3.outputShape;
  const excitation = draws.withoutBiases(
    squeezeExcitation(`${name}.se_layer`, out, REDUCTION, 'MONAI'),
  );
  const main: Part[] = [
    ['conv1', conv1],
    ['conv2', conv2],
    ['conv3', conv3],
    ['se_layer', excitation],
  ];
  const activation: Part = ['act', reluInplace(out)];
  const shortcut: Part[] = project === undefined ? [] : [['project', project]];
  const identity = { ...activation[1], lines: ['Identity()'] };
  const printed: Part[] = project === undefined ? [['project', identity]] : shortcut;
  const children = [...main, ...printed, activation];
  return residual(shape, { kind: 'SEResNetBottleneck', main, shortcut, activation, children });
}

/** MONAI's `Convolution`: a convolution, a normalisation and perhaps a ReLU. */
function convolved(
  draws: Draws,
  name: string,
  shape: readonly number[],
  channels: number,
  options: ConvolutionOptions,
  isActive: boolean,
): Layer {
  const conv = draws.convolution(`${name}.conv`, shape, channels, options);
  const norm: Part = ['N', batchNorm(`${name}.adn.N`, conv.outputShape)];
  const active: Part[] = isActive ? [['A', reluInplace(conv.outputShape)]] : [];
  const adn = [norm, ...active];
  const layers = [conv, ...adn.map(([, layer]) => layer)];
  const lines = moduleLines('Convolution', [
    ['conv', conv],
    ['adn', sequential(parts(adn), 'ADN')],
  ]);
  return { ...sequential(layers, 'Convolution'), lines };
}
