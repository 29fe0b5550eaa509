/**
 * ClinicaDL's RandomArchitecture: the network that a random search describes, block by block, in two
 * or three dimensions. Blocks halve the volume by PadMaxPool or by a stride of two; the widths of the
 * dense layers fall by the same ratio each.
 */
import { CapsuleError } from '../../core/errors.ts';
import { leakyRelu } from '../layers/activations.ts';
import { batchNorm } from '../layers/batch-norm.ts';
import { called, sequential } from '../layers/composite.ts';
import { convolution } from '../layers/convolution.ts';
import { dropout, linear } from '../layers/dense.ts';
import { instanceNorm } from '../layers/group-norm.ts';
import { sizeOf, type Layer } from '../layers/layer.ts';
import { padMaxPool } from '../layers/pad-max-pool.ts';
import { flatten } from '../layers/shape.ts';
import type { NetworkPlan } from './plan.ts';

const SLOPE = 0.01;

/** A block, as in maps.json. */
export interface RandomBlock {
  /** As many as the block before has; those of the input where it is null. */
  readonly in_channels: number | null;
  readonly out_channels: number;
  readonly n_conv: number;
  readonly d_reduction: 'MaxPooling' | 'stride';
}

/** As in maps.json. */
export interface RandomArchitectureOptions {
  /** By name, in order: `conv0`, `conv1`, ... */
  readonly convolutions_dict: Readonly<Record<string, RandomBlock>>;
  /** Number of dense layers. */
  readonly n_fcblocks: number;
  readonly network_normalization: 'BatchNorm' | 'InstanceNorm' | 'None';
}

/**
 * @param inputShape - `[...spatial, channels]`
 * @throws CapsuleError NETWORK_INPUT where a block does not fit the one before, or an instance is a
 *   single voxel
 */
export function randomArchitecture(
  inputShape: readonly number[],
  outputs: number,
  dropoutRate: number,
  options: RandomArchitectureOptions,
): NetworkPlan {
  let shape = inputShape;
  const convolutions = Object.entries(options.convolutions_dict).map(([key, block]) => {
    const inputs = shape.at(-1) as number;
    if (block.in_channels !== null && block.in_channels !== inputs) {
      throw new CapsuleError('NETWORK_INPUT', {
        expected: `"in_channels" of ${key} to be ${inputs}, as many as the block before has`,
        found: String(block.in_channels),
      });
    }
    const layers = blockOf(`convolutions.${key}`, shape, block, options.network_normalization);
    shape = (layers.at(-1) as Layer).outputShape;
    return called(key, sequential(layers));
  });
  const features = sizeOf(shape);
  const fc: Layer[] = [flatten(shape), dropout([features], dropoutRate)];
  const count = options.n_fcblocks;
  const ratio = (features / outputs) ** (1 / count);
  const widths = Array.from({ length: count + 1 }, (_, index) =>
    index === count ? outputs : Math.round(features / ratio ** index),
  );
  for (let index = 0; index < count; index++) {
    const [from, to] = [widths[index] as number, widths[index + 1] as number];
    fc.push(linear(`fc.${fc.length}`, from, to));
    if (index < count - 1) fc.push(leakyRelu(SLOPE)([to]));
  }
  return { name: 'RandomArchitecture', inputShape, outputs, sequentials: [convolutions, fc] };
}

function blockOf(
  name: string,
  inputShape: readonly number[],
  { out_channels, n_conv, d_reduction }: RandomBlock,
  normalization: RandomArchitectureOptions['network_normalization'],
): Layer[] {
  const layers: Layer[] = [];
  let shape = inputShape;
  for (let index = 0; index < n_conv; index++) {
    const isLast = index === n_conv - 1;
    const channels = isLast ? out_channels : (inputShape.at(-1) as number);
    const stride = isLast && d_reduction === 'stride' ? 2 : 1;
    const conv = convolution(`${name}.${layers.length}`, shape, channels, { stride });
    shape = conv.outputShape;
    layers.push(conv);
    if (normalization === 'BatchNorm') layers.push(batchNorm(`${name}.${layers.length}`, shape));
    if (normalization === 'InstanceNorm') layers.push(instanceNorm(shape));
    layers.push(leakyRelu(SLOPE)(shape));
  }
  if (d_reduction === 'MaxPooling') layers.push(padMaxPool(shape));
  return layers;
}
