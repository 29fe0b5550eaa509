/**
 * ClinicaDL's Conv5_FC3 and Conv4_FC3: five blocks of convolution, batch normalisation, ReLU and
 * PadMaxPool with 8 to 128 channels, then three dense layers. They differ in the widths of the dense
 * layers only (the name Conv4 is misleading in the original, and kept).
 */
import { CapsuleError } from '../../core/errors.ts';
import { batchNorm } from '../layers/batch-norm.ts';
import { convolution } from '../layers/convolution.ts';
import { dropout, flatten, linear, relu } from '../layers/dense.ts';
import type { Layer, StateSpec } from '../layers/layer.ts';
import { padMaxPool } from '../layers/pad-max-pool.ts';
import type { NetworkPlan } from './network.ts';

const CHANNELS = [8, 16, 32, 64, 128];

/** Widths of the two hidden dense layers. */
const HIDDEN = { Conv5_FC3: [1300, 50], Conv4_FC3: [50, 40] } as const;

/**
 * @param inputShape - `[...spatial, channels]`, two or three spatial axes
 * @throws CapsuleError NETWORK_INPUT when fewer than two voxels are left after the last block: there
 *   is nothing to normalise over in a batch of one, and PyTorch refuses it too
 */
export function convFc(
  name: keyof typeof HIDDEN,
  inputShape: readonly number[],
  outputs: number,
  dropoutRate: number,
): NetworkPlan {
  const rank = inputShape.length - 1;
  if (rank !== 2 && rank !== 3) {
    throw new CapsuleError('NETWORK_INPUT', {
      expected: 'two or three spatial axes',
      found: `shape [${inputShape.join(', ')}]`,
    });
  }
  const convolutions: Layer[] = [];
  let shape = inputShape;
  for (const channels of CHANNELS) {
    const voxels = shape.slice(0, rank).reduce((product, length) => product * length, 1);
    if (voxels < 2) {
      throw new CapsuleError('NETWORK_INPUT', {
        expected: 'an axis of more than 32 voxels, since five poolings halve it',
        found: inputShape.slice(0, rank).join(' x '),
      });
    }
    shape = addBlock(convolutions, shape, channels);
  }
  const features = shape.reduce((product, length) => product * length, 1);
  return {
    name,
    inputShape,
    outputs,
    sequentials: [convolutions, head(shape, features, [...HIDDEN[name], outputs], dropoutRate)],
  };
}

function addBlock(
  convolutions: Layer[],
  inputShape: readonly number[],
  channels: number,
): readonly number[] {
  const name = (offset: number) => `convolutions.${convolutions.length + offset}`;
  const conv = convolution(name(0), inputShape, channels);
  const bias = remembering(conv.states[1] as StateSpec);
  const block = [
    { ...conv, states: [conv.states[0] as StateSpec, bias.spec] },
    batchNorm(name(1), conv.outputShape, bias.drawn),
    relu(conv.outputShape),
    padMaxPool(conv.outputShape),
  ];
  convolutions.push(...block);
  return (block[3] as Layer).outputShape;
}

/** The first running mean of a fresh network is made from the bias that was drawn just before. */
function remembering(spec: StateSpec): { spec: StateSpec; drawn: () => Float32Array } {
  let drawn = new Float32Array(0);
  const initial: StateSpec['initial'] = (generator) => (drawn = spec.initial(generator));
  return { spec: { ...spec, initial }, drawn: () => drawn };
}

function head(
  shape: readonly number[],
  features: number,
  widths: readonly number[],
  dropoutRate: number,
): Layer[] {
  const layers: Layer[] = [flatten(shape), dropout([features], dropoutRate)];
  let inputs = features;
  widths.forEach((width, index) => {
    layers.push(linear(`fc.${layers.length}`, inputs, width));
    if (index < widths.length - 1) layers.push(relu([width]));
    inputs = width;
  });
  return layers;
}
