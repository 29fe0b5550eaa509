/**
 * ClinicaDL's convolutional variational autoencoders of volumes: three convolutions of stride two
 * with 32 to 128 channels, a dense code, and three transposed convolutions from 256 channels.
 *
 * - CVAE_3D: batch normalisation, ReLU throughout. ClinicaDL's takes 169 x 208 x 179 voxels only.
 * - CVAE_3D_half: for volumes whose size was reduced; LeakyReLU 0.2 in the encoder, sigmoid at the end.
 * - CVAE_3D_final_conv: instance normalisation, LeakyReLU 0.01 in the decoder, one more convolution.
 * - CAE_half: listed by ClinicaDL 1.6.1, which cannot build it; here CVAE_3D_half with a plain code.
 *
 * The first two allocate normalisations, bn4 and bn7, that nothing goes through.
 */
import { CapsuleError } from '../../core/errors.ts';
import { leakyRelu, relu, sigmoid, tanh, type ActivationLayer } from '../layers/activations.ts';
import { batchNorm } from '../layers/batch-norm.ts';
import { unused } from '../layers/composite.ts';
import { convolution } from '../layers/convolution.ts';
import { linear } from '../layers/dense.ts';
import { instanceNorm } from '../layers/group-norm.ts';
import { sizeOf, type Layer } from '../layers/layer.ts';
import { flatten, unflatten } from '../layers/shape.ts';
import { transposedConvolution } from '../layers/transposed-convolution.ts';
import { codeInOnnx } from './autoencoder.ts';
import type { NetworkPlan, Stage } from './plan.ts';
import { variationalFlow, variationalInOnnx } from './variational.ts';

const ENCODER = [32, 64, 128];
const DECODER = [128, 64, 1];
const LEVELS = ENCODER.length;

interface Manner {
  readonly isBatchNormed: boolean;
  readonly encoder: ActivationLayer;
  readonly decoder: ActivationLayer;
  readonly hasFinalConvolution: boolean;
  readonly last: ActivationLayer;
  /** What each axis is a multiple of. */
  readonly multiple: number;
}

const HALF: Manner = {
  ...{ isBatchNormed: true, encoder: leakyRelu(0.2), decoder: relu },
  ...{ hasFinalConvolution: false, last: sigmoid, multiple: 2 ** LEVELS },
};

const MANNERS = {
  CVAE_3D: { ...HALF, encoder: relu, last: relu, multiple: 1 },
  CVAE_3D_half: HALF,
  CVAE_3D_final_conv: {
    ...HALF,
    ...{ isBatchNormed: false, decoder: leakyRelu(0.01), hasFinalConvolution: true },
  },
  CAE_half: HALF,
} as const satisfies Record<string, Manner>;

export type Cvae = keyof typeof MANNERS;

/**
 * @param inputShape - `[X, Y, Z, 1]`, but for CVAE_3D multiples of eight
 * @param latent - numbers in the code
 * @throws CapsuleError NETWORK_INPUT
 */
export function cvae3d(name: Cvae, inputShape: readonly number[], latent: number): NetworkPlan {
  const manner: Manner = MANNERS[name];
  const [spatial, channels] = [inputShape.slice(0, -1), inputShape.at(-1)];
  if (channels !== 1 || spatial.some((length) => length % manner.multiple !== 0)) {
    throw new CapsuleError('NETWORK_INPUT', {
      expected: `one channel, and axes that are multiples of ${manner.multiple}`,
      found: `shape [${inputShape.join(', ')}]`,
    });
  }
  const { encoder, shapes } = encoderOf(inputShape, manner);
  const deepest = shapes.at(-1) as readonly number[];
  const flat = sizeOf(deepest);
  const decoder = decoderOf(shapes, latent, manner);
  const all = { name, inputShape, outputs: 0 };
  if (name === 'CAE_half') {
    return {
      ...{ ...all, sequentials: [[...encoder, linear('fc_code', flat, latent)], decoder] },
      flow(stages, input, pass) {
        const [encode, decode] = stages as [Stage, Stage];
        const code = encode(input, pass);
        return { output: decode(code, pass), code };
      },
      onnxFlow: codeInOnnx,
    };
  }
  const mu = [linear('fc_mu', flat, latent), tanh([latent])];
  const logVariance = [linear('fc_log_var', flat, latent)];
  const flows = { flow: variationalFlow, onnxFlow: variationalInOnnx };
  return { ...all, sequentials: [encoder, mu, logVariance, decoder], ...flows };
}

/** @returns shapes of what goes into each level, and of what comes out of the last */
function encoderOf(inputShape: readonly number[], { isBatchNormed, encoder }: Manner) {
  const layers: Layer[] = [];
  const shapes = [inputShape];
  for (const [index, channels] of ENCODER.entries()) {
    const from = shapes.at(-1) as readonly number[];
    const conv = convolution(`conv${index + 1}`, from, channels, { stride: 2 });
    const shape = conv.outputShape;
    const norm = isBatchNormed ? batchNorm(`bn${index + 1}`, shape) : instanceNorm(shape);
    layers.push(conv, norm, encoder(shape));
    shapes.push(shape);
  }
  const deepest = shapes.at(-1) as readonly number[];
  if (isBatchNormed) layers.push(unused(batchNorm('bn4', deepest), deepest));
  return { encoder: [...layers, flatten(deepest)], shapes };
}

function decoderOf(
  shapes: readonly (readonly number[])[],
  latent: number,
  { isBatchNormed, decoder, hasFinalConvolution, last }: Manner,
): Layer[] {
  const [deepest, ...above] = [...shapes].reverse() as [
    readonly number[],
    ...(readonly number[])[],
  ];
  let shape: readonly number[] = [...deepest.slice(0, -1), 2 * (deepest.at(-1) as number)];
  const features = sizeOf(shape);
  const layers = [linear('fc_decoder', latent, features), decoder([features]), unflatten(shape)];
  for (const [index, channels] of DECODER.entries()) {
    // A stride of two made n of 2n as of 2n - 1: what was even gets a voxel more.
    const target = (above[index] as readonly number[]).slice(0, -1);
    const outputPadding = target.map((length) => 1 - (length % 2));
    const name = `upconv${index + 1}`;
    const conv = transposedConvolution(name, shape, channels, { stride: 2, outputPadding });
    shape = conv.outputShape;
    layers.push(conv);
    const isInner = index < DECODER.length - 1;
    if (isInner && isBatchNormed) layers.push(batchNorm(`bn${index + 5}`, shape), decoder(shape));
    if (!isBatchNormed) layers.push(instanceNorm(shape), decoder(shape));
  }
  // As wide as its number among the normalisations says; 2 x 32 parameters.
  if (isBatchNormed) layers.push(unused(batchNorm('bn7', [...shape.slice(0, -1), 32]), shape));
  if (hasFinalConvolution) layers.push(convolution('final_conv', shape, 1));
  return [...layers, last(shape)];
}
