/**
 * ClinicaDL's AE_Conv5_FC3 and AE_Conv4_FC3: the convolutional part of the CNN as encoder, and the
 * same layers inverted and in reverse order as decoder, which puts numbers back where the encoder's
 * maxima were. Both have the same layers; they differ in their first weights, since ClinicaDL makes
 * the whole CNN first and throws its dense layers away.
 *
 * A level of the decoder is CropMaxUnpool, transposed convolution, batch normalisation, ReLU for
 * volumes, whose output is never negative; for images ClinicaDL leaves the layers in the order that
 * reversal gives: CropMaxUnpool, ReLU, batch normalisation, transposed convolution.
 */
import type { OnnxGraph } from '../../core/onnx/graph.ts';
import { relu } from '../layers/activations.ts';
import { batchNorm } from '../layers/batch-norm.ts';
import type { Layer } from '../layers/layer.ts';
import { cropMaxUnpool } from '../layers/pad-max-pool.ts';
import { transposedConvolution } from '../layers/transposed-convolution.ts';
import { convBlocks, denseHead, type ConvBlock } from './conv-blocks.ts';
import { HIDDEN } from './conv-fc.ts';
import {
  thrownAway,
  type NetworkPlan,
  type OnnxOutputs,
  type OnnxStage,
  type Stage,
} from './plan.ts';

/** Of ClinicaDL's CNN when nobody says how many. */
const CNN_OUTPUTS = 2;

/**
 * @param inputShape - `[...spatial, channels]`, two or three spatial axes
 * @returns output of the input's shape, and code
 * @throws CapsuleError NETWORK_INPUT, see `convBlocks`
 */
export function autoencoder(
  name: 'AE_Conv5_FC3' | 'AE_Conv4_FC3',
  inputShape: readonly number[],
): NetworkPlan {
  const blocks = convBlocks('encoder', inputShape, { halving: 'pooling', isLinked: true });
  const { outputShape } = blocks.at(-1) as ConvBlock;
  const widths = name === 'AE_Conv5_FC3' ? HIDDEN.Conv5_FC3 : HIDDEN.Conv4_FC3;
  const head = denseHead('fc', outputShape, [...widths, CNN_OUTPUTS], 0);
  const encoder = blocks.flatMap(({ layers }) => layers);
  const levels = [...blocks].reverse().map((block, index) => decoderLevel(block, 4 * index));
  const statesOf = (layers: readonly Layer[]) => layers.flatMap(({ states }) => states);
  return {
    ...{ name, inputShape, outputs: 0, sequentials: [encoder, levels.flat()] },
    // Layers are inverted in the order of the encoder.
    drawn: [
      ...statesOf(encoder),
      ...thrownAway(statesOf(head)),
      ...statesOf([...levels].reverse().flat()),
    ],
    flow(stages, input, pass) {
      const [encode, decode] = stages as [Stage, Stage];
      const code = encode(input, pass);
      return { output: decode(code, pass), code };
    },
    onnxFlow: codeInOnnx,
  };
}

/** The flow of a network that returns its plain code. */
export function codeInOnnx(
  stages: readonly OnnxStage[],
  graph: OnnxGraph,
  input: string,
): OnnxOutputs {
  const [encode, decode] = stages as [OnnxStage, OnnxStage];
  const code = encode(graph, input);
  return { output: decode(graph, code), code };
}

/** @param first - position of the level's first layer in the decoder */
function decoderLevel({ inputShape, outputShape, link, bias }: ConvBlock, first: number): Layer[] {
  const name = (offset: number) => `decoder.${first + offset}`;
  const channels = inputShape.at(-1) as number;
  const unpool = cropMaxUnpool(outputShape, link);
  const shape = unpool.outputShape;
  if (shape.length === 3) {
    // A copy of the encoder's normalisation, as it is after the CNN was made.
    const norm = batchNorm(name(2), shape, bias);
    return [unpool, relu(shape), norm, transposedConvolution(name(3), shape, channels)];
  }
  const conv = transposedConvolution(name(1), shape, channels);
  const made = conv.outputShape;
  return [unpool, conv, batchNorm(name(2), made), relu(made)];
}
