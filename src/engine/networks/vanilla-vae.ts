/**
 * ClinicaDL's Vanilla variational autoencoders: convolutions of window four and stride two whose
 * channels double, a dense or a spatial code, and the same way back.
 *
 * Of the four, 1.6.1 can build Vanilla3DdenseVAE alone. The others follow what was meant: the same
 * for images, whose first layer has 32 channels; and codes that are maps, made by convolutions of
 * window three over 64 maps, `latent_space_size` of them.
 */
import { CapsuleError } from '../../core/errors.ts';
import { leakyRelu, relu, sigmoid } from '../layers/activations.ts';
import { batchNorm } from '../layers/batch-norm.ts';
import { convolution } from '../layers/convolution.ts';
import { linear } from '../layers/dense.ts';
import { groupNorm, instanceNorm } from '../layers/group-norm.ts';
import { sizeOf, type Layer } from '../layers/layer.ts';
import { flatten, unflatten } from '../layers/shape.ts';
import { transposedConvolution } from '../layers/transposed-convolution.ts';
import type { NetworkPlan } from './plan.ts';
import { variationalFlow, variationalInOnnx } from './variational.ts';

export type VanillaVae =
  'Vanilla3DdenseVAE' | 'Vanilla3DspacialVAE' | 'VanillaDenseVAE' | 'VanillaSpatialVAE';

/** As in maps.json. */
export interface VanillaVaeOptions {
  readonly latent_space_size: number;
  /** Width of the dense layer before the code; 0 for none. */
  readonly feature_size: number;
  readonly n_conv: number;
  /** Of the first convolution; 8 for volumes and 32 for images when absent. */
  readonly io_layer_channels?: number;
  readonly normalization: 'batch' | 'group' | 'instance';
}

const WALK = { window: 4, stride: 2, padding: 1, bias: false };
const MAPS = 64;
/** ClinicaDL does not say how many. */
const GROUPS = 4;

/**
 * @param inputShape - `[...spatial, channels]`, at least `2 ** n_conv` voxels along each axis
 * @throws CapsuleError NETWORK_INPUT
 */
export function vanillaVae(
  name: VanillaVae,
  inputShape: readonly number[],
  options: VanillaVaeOptions,
): NetworkPlan {
  const least = 2 ** options.n_conv;
  if (inputShape.slice(0, -1).some((length) => length < least)) {
    throw new CapsuleError('NETWORK_INPUT', {
      expected: `at least ${least} voxels along each axis, since ${options.n_conv} convolutions halve it`,
      found: inputShape.slice(0, -1).join(' x '),
    });
  }
  const shapes = [inputShape];
  const first = options.io_layer_channels ?? (inputShape.length === 4 ? 8 : 32);
  const encoder: Layer[] = [];
  for (let level = 0; level < options.n_conv; level++) {
    const from = shapes.at(-1) as readonly number[];
    const conv = convolution(`encoder.${encoder.length}`, from, first * 2 ** level, WALK);
    shapes.push(conv.outputShape);
    const norm = normOf(`encoder.${encoder.length + 1}`, conv.outputShape, options);
    encoder.push(conv, norm, leakyRelu(0.2)(conv.outputShape));
  }
  const deepest = shapes.at(-1) as readonly number[];
  const isDense = name === 'Vanilla3DdenseVAE' || name === 'VanillaDenseVAE';
  const head = (isDense ? denseCode : spatialCode)(encoder, deepest, options);
  const decoder = [...head.decoder];
  for (let level = options.n_conv; level > 0; level--) {
    const [from, to] = [shapes[level], shapes[level - 1]] as [readonly number[], readonly number[]];
    const outputPadding = to.slice(0, -1).map((length) => length % 2);
    const channels = to.at(-1) as number;
    const walk = { ...WALK, outputPadding };
    const conv = transposedConvolution(`decoder.${decoder.length}`, from, channels, walk);
    decoder.push(conv);
    const shape = conv.outputShape;
    if (level === 1) decoder.push(sigmoid(shape));
    else decoder.push(normOf(`decoder.${decoder.length}`, shape, options), relu(shape));
  }
  return {
    ...{ name, inputShape, outputs: 0, flow: variationalFlow, onnxFlow: variationalInOnnx },
    sequentials: [[...encoder, ...head.encoder], [head.mu], [head.logVariance], decoder],
  };
}

interface Code {
  readonly encoder: readonly Layer[];
  readonly mu: Layer;
  readonly logVariance: Layer;
  readonly decoder: readonly Layer[];
}

type CodeOptions = Pick<VanillaVaeOptions, 'latent_space_size' | 'feature_size'>;

function denseCode(
  before: readonly Layer[],
  shape: readonly number[],
  { latent_space_size: latent, feature_size: features }: CodeOptions,
): Code {
  const pixels = sizeOf(shape);
  const hasFeatures = features > 0;
  const narrow = hasFeatures ? features : pixels;
  const back: Layer[] = hasFeatures
    ? [linear('decoder.0', latent, features), relu([features])]
    : [];
  const dense = linear(`encoder.${before.length + 1}`, pixels, features);
  return {
    encoder: [flatten(shape), ...(hasFeatures ? [dense, relu([features])] : [])],
    mu: linear('mu_layer', narrow, latent),
    logVariance: linear('var_layer', narrow, latent),
    decoder: [
      ...back,
      linear(`decoder.${back.length}`, hasFeatures ? features : latent, pixels),
      ...[relu([pixels]), unflatten(shape)],
    ],
  };
}

function spatialCode(
  before: readonly Layer[],
  shape: readonly number[],
  { latent_space_size: latent }: CodeOptions,
): Code {
  const maps = [...shape.slice(0, -1), MAPS];
  const code = [...shape.slice(0, -1), latent];
  const channels = shape.at(-1) as number;
  return {
    encoder: [convolution(`encoder.${before.length}`, shape, MAPS), relu(maps)],
    mu: convolution('mu_layer', maps, latent),
    logVariance: convolution('var_layer', maps, latent),
    decoder: [
      ...[transposedConvolution('decoder.0', code, MAPS), relu(maps)],
      ...[transposedConvolution('decoder.2', maps, channels), relu(shape)],
    ],
  };
}

function normOf(
  name: string,
  shape: readonly number[],
  { normalization }: Pick<VanillaVaeOptions, 'normalization'>,
): Layer {
  if (normalization === 'batch') return batchNorm(name, shape);
  return normalization === 'instance' ? instanceNorm(shape) : groupNorm(name, shape, GROUPS);
}
