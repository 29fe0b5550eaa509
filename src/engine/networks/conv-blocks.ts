/**
 * What ClinicaDL's Conv networks and the autoencoders made of them share: five blocks of
 * convolution, batch normalisation, ReLU and halving, with 8 to 128 channels, and a dense head.
 */
import { CapsuleError } from '../../core/errors.ts';
import { relu } from '../layers/activations.ts';
import { batchNorm } from '../layers/batch-norm.ts';
import { convolution } from '../layers/convolution.ts';
import { dropout, linear } from '../layers/dense.ts';
import { sizeOf, type Layer, type StateSpec } from '../layers/layer.ts';
import { padMaxPool, type PoolingLink } from '../layers/pad-max-pool.ts';
import { flatten } from '../layers/shape.ts';

const CHANNELS = [8, 16, 32, 64, 128];

export interface ConvBlock {
  readonly inputShape: readonly number[];
  readonly layers: readonly Layer[];
  /** The bias of its convolution as it was drawn last. */
  readonly bias: () => Float32Array;
  readonly outputShape: readonly number[];
  /** Of its pooling, for the unpooling that undoes it. */
  readonly link: PoolingLink;
}

export interface ConvBlockOptions {
  /** Whether each block halves by PadMaxPool, or its convolution by a stride of two. */
  readonly halving: 'pooling' | 'stride';
  /** Whether an unpooling needs the places of the maxima. */
  readonly isLinked?: boolean;
}

/**
 * @param prefix - of the state-dict keys: `convolutions`
 * @param inputShape - `[...spatial, channels]`, two or three spatial axes
 * @throws CapsuleError NETWORK_INPUT when fewer than two voxels are left where a block normalises:
 *   there is nothing to normalise over in a batch of one, and PyTorch refuses it too
 */
export function convBlocks(
  prefix: string,
  inputShape: readonly number[],
  options: ConvBlockOptions,
): ConvBlock[] {
  const rank = inputShape.length - 1;
  if (rank !== 2 && rank !== 3) {
    throw new CapsuleError('NETWORK_INPUT', {
      expected: 'two or three spatial axes',
      found: `shape [${inputShape.join(', ')}]`,
    });
  }
  const blocks: ConvBlock[] = [];
  let shape = inputShape;
  let index = 0;
  for (const channels of CHANNELS) {
    const block = convBlock(
      `${prefix}.${index}`,
      `${prefix}.${index + 1}`,
      shape,
      channels,
      options,
    );
    if (block === undefined) throw tooSmall(inputShape);
    blocks.push(block);
    index += block.layers.length;
    shape = block.outputShape;
  }
  return blocks;
}

function tooSmall(inputShape: readonly number[]): CapsuleError {
  return new CapsuleError('NETWORK_INPUT', {
    expected: 'an axis of more than 32 voxels, since five poolings halve it',
    found: inputShape.slice(0, -1).join(' x '),
  });
}

function convBlock(
  convolutionName: string,
  normName: string,
  inputShape: readonly number[],
  channels: number,
  { halving, isLinked = false }: ConvBlockOptions,
): ConvBlock | undefined {
  const stride = halving === 'stride' ? 2 : 1;
  const conv = convolution(convolutionName, inputShape, channels, { stride });
  const { outputShape } = conv;
  if (sizeOf(outputShape.slice(0, -1)) < 2) return undefined;
  const bias = remembering(conv.states[1] as StateSpec);
  const layers = [
    { ...conv, states: [conv.states[0] as StateSpec, bias.spec] },
    batchNorm(normName, outputShape, bias.drawn),
    relu(outputShape),
  ];
  const link = { inputShape: outputShape };
  if (halving === 'pooling') layers.push(padMaxPool(outputShape, isLinked ? link : undefined));
  const last = layers.at(-1) as Layer;
  return { inputShape, layers, bias: bias.drawn, outputShape: last.outputShape, link };
}

/** The first running mean of a fresh network is made from the bias that was drawn just before. */
function remembering(spec: StateSpec): { spec: StateSpec; drawn: () => Float32Array } {
  let drawn = new Float32Array(0);
  const initial: StateSpec['initial'] = (generator) => (drawn = spec.initial(generator));
  return { spec: { ...spec, initial }, drawn: () => drawn };
}

/** Flatten, dropout, and linear layers with ReLU between them. */
export function denseHead(
  prefix: string,
  inputShape: readonly number[],
  widths: readonly number[],
  dropoutRate: number,
): Layer[] {
  const features = sizeOf(inputShape);
  const layers: Layer[] = [flatten(inputShape), dropout([features], dropoutRate)];
  let inputs = features;
  widths.forEach((width, index) => {
    layers.push(linear(`${prefix}.${layers.length}`, inputs, width));
    if (index < widths.length - 1) layers.push(relu([width]));
    inputs = width;
  });
  return layers;
}
