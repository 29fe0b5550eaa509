/** PyTorch's MaxPool, AvgPool and AdaptiveAvgPool(1), in two and three dimensions. */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { inThree, type PerAxis } from '../kernels/axes.ts';
import { averagePool, globalAveragePool } from '../kernels/average-pool.ts';
import { kernelsInUse } from '../kernels/choice.ts';
import { maxPool as maxPoolByKernels } from '../kernels/max-pool.ts';
import { windowGeometry, type WindowOptions } from '../kernels/window.ts';
import { perAxis } from './convolution.ts';
import { mapMemory, type Layer } from './layer.ts';
import { asVoxels, padSpatial } from './plain.ts';

export interface PoolingOptions {
  readonly window: PerAxis;
  /** As long as the window when absent. */
  readonly stride?: PerAxis;
  /** On both sides of each axis. */
  readonly padding?: PerAxis;
  /** Whether voxels at the end that fill no window get one of their own; for maxima only. */
  readonly ceilMode?: boolean;
}

/** Less than any voxel. */
const LOWEST = -3.4e38;

/** @throws CapsuleError NETWORK_INPUT where the window does not fit */
export function maxPool(inputShape: readonly number[], options: PoolingOptions): Layer {
  const settings = settled(inputShape, options);
  const { rank, window, stride, padding, behind, outputShape, windows, attributes } = settings;
  const mode = options.ceilMode === true ? 'True' : 'False';
  return {
    kind: `MaxPool${rank}d`,
    lines: [
      `MaxPool${rank}d(kernel_size=${printed(options.window)}, stride=${printed(options.stride ?? options.window)}, padding=${printed(options.padding ?? 0)}, dilation=1, ceil_mode=${mode})`,
    ],
    ...{ states: [], outputShape },
    forward(input) {
      if (kernelsInUse()) return maxPoolByKernels(input, windows).output;
      const padded = padSpatial(input, padding, behind, LOWEST);
      return rank === 3
        ? tf.maxPool3d(padded as tf.Tensor5D, three(window), three(stride), 'valid')
        : tf.maxPool(padded as tf.Tensor4D, two(window), two(stride), 'valid');
    },
    toOnnx: (graph, input) => graph.node('MaxPool', [input], attributes),
    memory: (batch) => mapMemory(outputShape, batch, 1),
  };
}

/** Padded zeros count as voxels of a mean, as in PyTorch. */
export function avgPool(inputShape: readonly number[], options: PoolingOptions): Layer {
  const settings = settled(inputShape, options);
  const { rank, window, stride, padding, outputShape, windows, attributes } = settings;
  return {
    kind: `AvgPool${rank}d`,
    lines: [
      `AvgPool${rank}d(kernel_size=${printed(options.window)}, stride=${printed(options.stride ?? options.window)}, padding=${printed(options.padding ?? 0)})`,
    ],
    ...{ states: [], outputShape },
    forward(input) {
      if (kernelsInUse()) return averagePool(input, windows);
      const padded = padSpatial(input, padding, padding);
      return rank === 3
        ? tf.avgPool3d(padded as tf.Tensor5D, three(window), three(stride), 'valid')
        : tf.avgPool(padded as tf.Tensor4D, two(window), two(stride), 'valid');
    },
    toOnnx: (graph, input) =>
      graph.node('AveragePool', [input], { ...attributes, count_include_pad: 1 }),
    memory: (batch) => mapMemory(outputShape, batch),
  };
}

/** The mean of each channel: `AdaptiveAvgPool(1)`. */
export function globalAvgPool(inputShape: readonly number[]): Layer {
  const rank = inputShape.length - 1;
  const outputShape = [...perAxis(1, rank), inputShape[rank] as number];
  return {
    kind: `AdaptiveAvgPool${rank}d`,
    lines: [`AdaptiveAvgPool${rank}d(output_size=1)`],
    ...{ states: [], outputShape },
    forward(input) {
      const means: Tensor = kernelsInUse() ? globalAveragePool(input) : tf.mean(asVoxels(input), 1);
      return tf.reshape(means, [input.shape[0] ?? 1, ...outputShape]);
    },
    toOnnx: (graph, input) => graph.node('GlobalAveragePool', [input]),
    // Its gradient is as large as its input.
    memory: (batch) => ({ ...mapMemory(inputShape, batch, -1) }),
  };
}

function settled(inputShape: readonly number[], options: PoolingOptions) {
  const rank = inputShape.length - 1;
  const window = perAxis(options.window, rank);
  const stride = perAxis(options.stride ?? window, rank);
  const padding = perAxis(options.padding ?? 0, rank);
  const behind = options.ceilMode === true ? filling(inputShape, window, stride, padding) : padding;
  const windows: WindowOptions = { window, stride, padFront: padding, padBack: behind };
  const [, ...outputShape] = windowGeometry([1, ...inputShape], windows).outputShape;
  /** Of the operators of ONNX. */
  const attributes = { kernel_shape: window, strides: stride, pads: [...padding, ...behind] };
  return { rank, window, stride, padding, behind, outputShape, windows, attributes };
}

/**
 * Padding behind each axis, so that its last voxels have a window, which begins among the voxels or
 * the padding in front of them.
 */
function filling(
  inputShape: readonly number[],
  window: readonly number[],
  stride: readonly number[],
  padding: readonly number[],
): number[] {
  return window.map((taps, axis) => {
    const [length = 1, step = 1, zeros = 0] = [inputShape[axis], stride[axis], padding[axis]];
    const windows = Math.ceil((length + 2 * zeros - taps) / step) + 1;
    const last = (windows - 1) * step;
    return last >= length + zeros ? zeros : Math.max(zeros, last + taps - length - zeros);
  });
}

function printed(value: PerAxis): string {
  return typeof value === 'number' ? `${value}` : `(${value.join(', ')})`;
}

function three(values: readonly number[]): [number, number, number] {
  return [...inThree(values, 1)];
}

function two([first = 1, second = 1]: readonly number[]): [number, number] {
  return [first, second];
}
