/**
 * ClinicaDL's PadMaxPool(2, 2): pads each spatial axis with zeros at its BEGINNING to an even
 * length, then takes the maximum of each block of two; and CropMaxUnpool, which puts numbers back
 * where the maxima of a PadMaxPool of the same pass were, and drops those of the padding.
 *
 * Both paths take the FIRST of equal maxima in row-major order, as PyTorch: after a ReLU many
 * blocks are all zeros. tfjs pads 'same' at the end, and has no index of a maximum in volumes: the
 * plain path finds it as the least place among those that hold the maximum.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import type { OnnxGraph } from '../../core/onnx/graph.ts';
import { kernelsInUse } from '../kernels/choice.ts';
import { maxPool as maxPoolByKernels, padMaxPoolGeometry } from '../kernels/max-pool.ts';
import { maxUnpool as maxUnpoolByKernels } from '../kernels/max-unpool.ts';
import { mapMemory, sizeOf, type Layer } from './layer.ts';
import { asVoxels, constantOf, padSpatial, repeatSpatial } from './plain.ts';

const SIZE = 2;
/** More than any place in a volume, and exact in f32, as are all places below it. */
const NOWHERE = 2 ** 24;

/**
 * Stands for the zeros of the padding in ONNX. Runtimes fold a padding with zeros into the maximum
 * behind it, which pads with -Infinity: wrong where all voxels of a window are negative, as after a
 * LeakyReLU (onnxruntime pull request 18136; onnxsim issue 290). With any other number they do not.
 */
const ALMOST_ZERO = 2e-38;

/** Joins a pooling to the unpooling that undoes it. */
export interface PoolingLink {
  /** What was pooled, `[...spatial, channels]`. */
  readonly inputShape: readonly number[];
}

/** @param link - of the unpooling that needs the places of the maxima; absent where none does */
export function padMaxPool(inputShape: readonly number[], link?: PoolingLink): Layer {
  const rank = inputShape.length - 1;
  const spatial = inputShape.slice(0, rank);
  const pads = padsOf(spatial);
  const outputShape = [
    ...spatial.map((length) => Math.ceil(length / SIZE)),
    inputShape[rank] as number,
  ];
  return {
    kind: `PadMaxPool${rank}d`,
    lines: [
      `PadMaxPool${rank}d(`,
      `  (pool): MaxPool${rank}d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)`,
      `  (pad): ConstantPad${rank}d(padding=(${torchPadding(pads).join(', ')}), value=0)`,
      ')',
    ],
    states: [],
    outputShape,
    isFusible: link === undefined,
    forward(input, pass) {
      if (kernelsInUse()) {
        const { output, maxima } = maxPoolByKernels(input, padMaxPoolGeometry(input.shape));
        if (link !== undefined) pass.keep(link, maxima);
        return output;
      }
      const padded = padSpatial(input, pads, perAxis(0, rank));
      const output = pooled(padded);
      if (link !== undefined)
        pass.keep(
          link,
          constantOf(() => firstMaxima(padded, output)),
        );
      return output;
    },
    toOnnx(graph, input) {
      const padded = frontPadded(graph, input, pads, ALMOST_ZERO);
      const windows = { kernel_shape: perAxis(SIZE, rank), strides: perAxis(SIZE, rank) };
      if (link === undefined) return graph.node('MaxPool', [padded], windows);
      const [output = '', maxima = ''] = graph.nodeOf('MaxPool', [padded], windows, ['', 'maxima']);
      graph.keep(link, maxima);
      return output;
    },
    memory: (batch) => mapMemory(outputShape, batch, 1),
  };
}

/** @param link - of the pooling, whose input had the shape that comes out here */
export function cropMaxUnpool(inputShape: readonly number[], link: PoolingLink): Layer {
  const rank = inputShape.length - 1;
  const outputShape = [...link.inputShape.slice(0, rank), inputShape[rank] as number];
  const pads = padsOf(outputShape.slice(0, rank));
  return {
    kind: `CropMaxUnpool${rank}d`,
    lines: [
      `CropMaxUnpool${rank}d(`,
      `  (unpool): MaxUnpool${rank}d(kernel_size=(${perAxis(2, rank).join(', ')}), stride=(${perAxis(2, rank).join(', ')}), padding=(${perAxis(0, rank).join(', ')}))`,
      ')',
    ],
    states: [],
    outputShape,
    forward(input, pass) {
      const maxima = pass.kept(link);
      const shape = [input.shape[0] ?? 1, ...outputShape];
      if (kernelsInUse()) return maxUnpoolByKernels(input, maxima, shape);
      const filled = unpooled(input, maxima);
      return padSpatial(
        filled,
        pads.map((count) => -count),
        perAxis(0, rank),
      );
    },
    toOnnx(graph, input) {
      const windows = { kernel_shape: perAxis(SIZE, rank), strides: perAxis(SIZE, rank) };
      const filled = graph.node('MaxUnpool', [input, graph.kept(link)], windows);
      const crops = pads.map((count) => -count);
      return frontPadded(graph, filled, crops, 0);
    },
    memory: (batch) => mapMemory(outputShape, batch),
  };
}

/** Numbers before each spatial axis; fewer than none crops it. */
function frontPadded(
  graph: OnnxGraph,
  input: string,
  pads: readonly number[],
  value: number,
): string {
  if (pads.every((count) => count === 0)) return input;
  const both = [0, 0, ...pads, 0, 0, ...perAxis(0, pads.length)];
  return graph.node('Pad', [input, graph.integers(both), graph.floats([value], [])]);
}

function padsOf(spatial: readonly number[]): number[] {
  return spatial.map((length) => (SIZE - (length % SIZE)) % SIZE);
}

function pooled(padded: Tensor): Tensor {
  return padded.rank === 5
    ? tf.maxPool3d(padded as tf.Tensor5D, SIZE, SIZE, 'valid')
    : tf.maxPool(padded as tf.Tensor4D, SIZE, SIZE, 'valid');
}

/** Places in the padded volume, f32, of the shape of `output`. */
function firstMaxima(padded: Tensor, output: Tensor): Tensor {
  const isMaximum = tf.cast(tf.equal(asVoxels(repeated(output)), asVoxels(padded)), 'float32');
  const nowhere = tf.mul(tf.sub(tf.scalar(1), isMaximum), tf.scalar(NOWHERE));
  const candidates = tf.add(tf.mul(isMaximum, placesIn(padded)), nowhere);
  return tf.neg(pooled(tf.reshape(tf.neg(candidates), padded.shape)));
}

function unpooled(input: Tensor, maxima: Tensor): Tensor {
  const [values, places] = [repeated(input), repeated(maxima)];
  const isMaximum = tf.cast(tf.equal(asVoxels(places), placesIn(places)), 'float32');
  return tf.reshape(tf.mul(asVoxels(values), isMaximum), values.shape);
}

function repeated(tensor: Tensor): Tensor {
  return repeatSpatial(tensor, perAxis(SIZE, tensor.rank - 2));
}

/** `[1, voxels, 1]`: 0, 1, 2, ... */
function placesIn(tensor: Tensor): Tensor {
  const voxels = sizeOf(tensor.shape.slice(1, -1));
  return tf.reshape(tf.range(0, voxels), [1, voxels, 1]);
}

function perAxis(value: number, rank: number): number[] {
  return new Array<number>(rank).fill(value);
}

/** PyTorch lists paddings from the last axis to the first, begin and end of each. */
function torchPadding(pads: readonly number[]): number[] {
  return [...pads].reverse().flatMap((count) => [count, 0]);
}
