/**
 * ClinicaDL's ResNet3D and SqueezeExcitationCNN: five residual blocks of 8 to 128 channels, each
 * followed by a maximum over windows of three with stride two, and two dense layers. The second has
 * squeeze and excitation in its blocks. In ClinicaDL both are made for 169 x 208 x 179 voxels and two
 * outputs, and crash on others; here the dense layers are as wide as the input and the task ask for,
 * which is the same for those. The rate of dropout is fixed there, and here.
 */
import { CapsuleError } from '../../core/errors.ts';
import { elu, relu, type ActivationLayer } from '../layers/activations.ts';
import { batchNorm } from '../layers/batch-norm.ts';
import { residual, sequential, type Named } from '../layers/composite.ts';
import { convolution } from '../layers/convolution.ts';
import { dropout, linear } from '../layers/dense.ts';
import { sizeOf, type Layer } from '../layers/layer.ts';
import { maxPool } from '../layers/pooling.ts';
import { flatten } from '../layers/shape.ts';
import { squeezeExcitation } from '../layers/squeeze-excitation.ts';
import type { NetworkPlan } from './plan.ts';

const CHANNELS = [8, 16, 32, 64, 128];
const HIDDEN = 256;
const POOLING = { window: 3, stride: 2 };

/**
 * @param inputShape - `[X, Y, Z, channels]`, at least 63 voxels along each axis
 * @param levels - blocks; ClinicaDL's are five
 * @throws CapsuleError NETWORK_INPUT
 */
export function resNet3d(
  inputShape: readonly number[],
  outputs: number,
  levels = CHANNELS.length,
): NetworkPlan {
  const { layers, shape } = residualBlocks(inputShape, levels, elu, false);
  const features = sizeOf(shape);
  const fc = [
    ...[flatten(shape), linear('fc.1', features, HIDDEN), elu([HIDDEN])],
    ...[dropout([HIDDEN], 0.8), linear('fc.4', HIDDEN, outputs)],
  ];
  return { name: 'ResNet3D', inputShape, outputs, sequentials: [layers, fc] };
}

/** As `resNet3d`. */
export function squeezeExcitationCnn(
  inputShape: readonly number[],
  outputs: number,
  levels = CHANNELS.length,
): NetworkPlan {
  const { layers, shape } = residualBlocks(inputShape, levels, relu, true);
  const features = sizeOf(shape);
  const fc = [
    ...[flatten(shape), dropout([features], 0.5), linear('fc.2', features, HIDDEN)],
    ...[relu([HIDDEN]), linear('fc.4', HIDDEN, outputs)],
  ];
  return { name: 'SqueezeExcitationCNN', inputShape, outputs, sequentials: [layers, fc] };
}

function residualBlocks(
  inputShape: readonly number[],
  levels: number,
  activation: ActivationLayer,
  isExcited: boolean,
): { layers: Layer[]; shape: readonly number[] } {
  // Of n voxels a pooling leaves (n - 1) / 2.
  const least = 2 ** (levels + 1) - 1;
  if (inputShape.slice(0, -1).some((length) => length < least)) {
    throw new CapsuleError('NETWORK_INPUT', {
      expected: `at least ${least} voxels along each axis, since ${levels} poolings halve it`,
      found: inputShape.slice(0, -1).join(' x '),
    });
  }
  let shape = inputShape;
  const layers = CHANNELS.slice(0, levels).map((channels, index) => {
    const block = residualBlock(`convolutions.${index}.0`, shape, channels, activation, isExcited);
    const pool = maxPool(block.outputShape, POOLING);
    shape = pool.outputShape;
    return sequential([block, pool]);
  });
  return { layers, shape };
}

/** @param isExcited - whether squeeze and excitation follows the second normalisation */
function residualBlock(
  name: string,
  shape: readonly number[],
  channels: number,
  activation: ActivationLayer,
  isExcited: boolean,
): Layer {
  const outputShape = [...shape.slice(0, -1), channels];
  // The pass of zeros through a fresh ResNet3D leaves a mean of zero: there is no bias before.
  const zeroPass = isExcited ? undefined : () => new Float32Array(channels);
  const norm = (part: string) => batchNorm(`${name}.${part}`, outputShape, zeroPass);
  const conv = (part: string, from: readonly number[]) =>
    convolution(`${name}.${part}`, from, channels, { bias: false });
  const excitation: Named[] = isExcited
    ? [['se', squeezeExcitation(`${name}.se`, outputShape)]]
    : [];
  const shortcut = convolution(`${name}.shortcut.0`, shape, channels, {
    ...{ window: 1, padding: 0, bias: false },
  });
  return residual(shape, {
    kind: isExcited ? 'SEBlock' : 'ResBlock',
    main: [
      ['conv1', conv('conv1', shape)],
      ['bn1', norm('bn1')],
      ['act1', activation(outputShape)],
      ['conv2', conv('conv2', outputShape)],
      ['bn2', norm('bn2')],
      ...excitation,
    ],
    shortcut: [['shortcut', sequential([shortcut])]],
    activation: ['act2', activation(outputShape)],
  });
}
