/**
 * ClinicaDL's resnet18: torchvision's ResNet-18 (He et al. 2016) for images of three channels up to
 * its dense layer of 1000 classes, an average over the whole map, and one more dense layer. In
 * ClinicaDL it always begins with ImageNet weights, which it downloads; ours begins as torchvision's
 * does without them, since Capsule fetches nothing by itself. A checkpoint of ClinicaDL is read as
 * any other.
 */
import { CapsuleError } from '../../core/errors.ts';
import { relu } from '../layers/activations.ts';
import { batchNorm } from '../layers/batch-norm.ts';
import { called, residual, sequential, type Named } from '../layers/composite.ts';
import { convolution, type ConvolutionOptions } from '../layers/convolution.ts';
import { dropout, linear } from '../layers/dense.ts';
import type { Layer, StateSpec } from '../layers/layer.ts';
import { avgPool, maxPool } from '../layers/pooling.ts';
import { flatten } from '../layers/shape.ts';
import { kaimingNormal } from '../layers/torch-normal.ts';
import { thrownAway, type NetworkPlan } from './plan.ts';

const WIDTHS = [64, 128, 256, 512];
const BLOCKS = 2;
/** Of ImageNet. */
const CLASSES = 1000;

/**
 * @param inputShape - `[X, Y, 3]`
 * @throws CapsuleError NETWORK_INPUT
 */
export function resnet18(
  inputShape: readonly number[],
  outputs: number,
  dropoutRate: number,
): NetworkPlan {
  if (inputShape.at(-1) !== 3) {
    throw new CapsuleError('NETWORK_INPUT', {
      expected: 'images of three channels',
      found: `${inputShape.at(-1)}`,
    });
  }
  const drawnFirst: StateSpec[] = [];
  /** Without bias; drawn as any convolution first, then drawn anew. */
  const filter = (
    name: string,
    shape: readonly number[],
    channels: number,
    options: ConvolutionOptions,
  ): Layer => {
    const layer = convolution(name, shape, channels, { ...options, bias: false });
    const [weight] = layer.states as [StateSpec];
    drawnFirst.push(...thrownAway([weight]));
    const initial: StateSpec['initial'] = (generator) => kaimingNormal(weight.shape, generator);
    return { ...layer, states: [{ ...weight, initial }] };
  };

  const basicBlock = (
    name: string,
    shape: readonly number[],
    channels: number,
    stride: number,
  ): Layer => {
    const conv1 = filter(`${name}.conv1`, shape, channels, { stride });
    const inner = conv1.outputShape;
    const conv2 = filter(`${name}.conv2`, inner, channels, {});
    const main: Named[] = [
      ['conv1', conv1],
      ['bn1', batchNorm(`${name}.bn1`, inner)],
      ['relu', relu(inner)],
      ['conv2', conv2],
      ['bn2', batchNorm(`${name}.bn2`, inner)],
    ];
    const isSame = stride === 1 && shape.at(-1) === channels;
    const project = () => [
      filter(`${name}.downsample.0`, shape, channels, { window: 1, padding: 0, stride }),
      batchNorm(`${name}.downsample.1`, inner),
    ];
    const shortcut: Named[] = isSame ? [] : [['downsample', sequential(project())]];
    const activation: Named = ['relu', relu(inner)];
    // PyTorch's block has one ReLU, used twice.
    const children = [...main, ...shortcut];
    return residual(shape, { kind: 'BasicBlock', main, shortcut, activation, children });
  };

  const conv1 = filter('convolutions.0', inputShape, WIDTHS[0] as number, {
    ...{ window: 7, stride: 2, padding: 3 },
  });
  const pool = maxPool(conv1.outputShape, { window: 3, stride: 2, padding: 1 });
  const stem = [conv1, batchNorm('convolutions.1', conv1.outputShape), relu(conv1.outputShape)];
  const convolutions: Layer[] = [...stem, pool];
  let shape = pool.outputShape;
  for (const [level, width] of WIDTHS.entries()) {
    const name = `convolutions.${convolutions.length}`;
    const blocks: Layer[] = [];
    for (let index = 0; index < BLOCKS; index++) {
      const stride = level > 0 && index === 0 ? 2 : 1;
      blocks.push(basicBlock(`${name}.${index}`, shape, width, stride));
      shape = (blocks[index] as Layer).outputShape;
    }
    convolutions.push(sequential(blocks));
  }
  const average = avgPool(shape, { window: shape.slice(0, -1) });
  convolutions.push(average);
  const features = shape.at(-1) as number;
  const original = linear('fc.1', features, CLASSES);
  const last = linear('fc.fc_out', CLASSES, outputs);
  const fc = [
    ...[flatten(average.outputShape), original],
    ...[called('drop_out', dropout([CLASSES], dropoutRate)), called('fc_out', last)],
  ];
  const states = convolutions.flatMap((layer) => layer.states);
  return {
    ...{ name: 'resnet18', inputShape, outputs, sequentials: [convolutions, fc] },
    drawn: [...drawnFirst, ...original.states, ...states, ...last.states],
  };
}
