/**
 * Convolution and transposed convolution as functions with gradients, in two and three dimensions,
 * with any window, stride, padding and number of channels: PyTorch's `Conv2d`, `Conv3d`,
 * `ConvTranspose2d` and `ConvTranspose3d`. Three kernels make all of it: convolution.ts forward and
 * towards the input, filter-gradient.ts towards the filter, channel-sums.ts towards the bias.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { differentiable } from '../device/tfjs-backend.ts';
import type { PerAxis } from './axes.ts';
import { channelSums } from './channel-sums.ts';
import { convolve, inputGradient } from './convolution.ts';
import {
  geometryOf,
  transposedGeometryOf,
  type ConvolutionGeometry,
  type WindowOptions,
} from './convolution-geometry.ts';
import { filterGradient } from './filter-gradient.ts';
import { elementOf } from './half-tensors.ts';
import type { Element } from './storage.ts';

export interface ConvolutionOptions extends WindowOptions {
  /**
   * How the output is stored; by default as the input where its channels are whole quads, else f32.
   * Its gradient must come stored the same way.
   */
  readonly element?: Element;
}

/**
 * @param input - `[batch, ...spatial, inputs]`, two or three spatial axes
 * @param filter - `[...window, inputs, outputs]`
 * @param bias - `[outputs]`
 * @returns `[batch, ...spatial, outputs]`
 * @throws CapsuleError NETWORK_INPUT where the window does not fit
 */
export function convolution(
  input: Tensor,
  filter: Tensor,
  bias: Tensor | undefined,
  options: ConvolutionOptions = {},
): Tensor {
  const [source, weight] = [asVolumes(input), asVolumeFilter(filter)];
  const spatial = input.shape.slice(1, -1);
  const geometry = geometryOf(spatial, filter.shape.slice(0, -2), options);
  const outputs = filter.shape.at(-1) ?? 1;
  const element = options.element ?? elementFor(input, outputs);
  const forward = (save: (tensors: Tensor[]) => void) => {
    save([source, weight]);
    return [convolve(source, weight, { geometry, element, bias })];
  };
  const backward = (received: Tensor, saved: Tensor[]) => {
    const [values, taps] = saved as [Tensor, Tensor];
    return {
      source: () =>
        inputGradient(received, taps, values.shape, { geometry, element: elementOf(values) }),
      weight: () => filterGradient(values, received, outputs, { geometry }),
      ...(bias === undefined ? {} : { bias: () => channelSums(received, outputs) }),
    };
  };
  return run({ source, weight, bias }, forward, backward, input.rank, geometry.output);
}

/**
 * @param input - `[batch, ...spatial, inputs]`
 * @param filter - `[...window, outputs, inputs]`: that of the convolution it is the gradient of
 * @param bias - `[outputs]`
 * @param options - `outputPadding`: voxels added behind each axis of the output
 * @returns `[batch, ...spatial, outputs]`, `(length - 1) * stride - 2 * padding + window +
 *   outputPadding` voxels along each axis
 */
export function transposedConvolution(
  input: Tensor,
  filter: Tensor,
  bias: Tensor | undefined,
  options: ConvolutionOptions & { readonly outputPadding?: PerAxis } = {},
): Tensor {
  const [source, weight] = [asVolumes(input), asVolumeFilter(filter)];
  const [outputs = 1, inputs = 1] = filter.shape.slice(-2);
  const spatial = input.shape.slice(1, -1);
  const window = filter.shape.slice(0, -2);
  const geometry = transposedGeometryOf(spatial, window, options, options.outputPadding);
  const shape = [input.shape[0] ?? 1, ...geometry.input, outputs];
  const element = options.element ?? elementFor(input, outputs);
  const forward = (save: (tensors: Tensor[]) => void) => {
    save([source, weight]);
    return [inputGradient(source, weight, shape, { geometry, element, bias, isGradient: false })];
  };
  const backward = (received: Tensor, saved: Tensor[]) => {
    const [values, taps] = saved as [Tensor, Tensor];
    return {
      source: () =>
        convolve(received, taps, { geometry, element: elementOf(values), isGradient: true }),
      weight: () => filterGradient(received, values, inputs, { geometry }),
      ...(bias === undefined ? {} : { bias: () => channelSums(received, outputs) }),
    };
  };
  return run({ source, weight, bias }, forward, backward, input.rank, geometry.input);
}

function run(
  { source, weight, bias }: { source: Tensor; weight: Tensor; bias: Tensor | undefined },
  forward: (save: (tensors: Tensor[]) => void) => Tensor[],
  backward: (received: Tensor, saved: Tensor[]) => Record<string, () => Tensor>,
  rank: number,
  spatial: ConvolutionGeometry['output'],
): Tensor {
  const inputs = { source, weight, ...(bias === undefined ? {} : { bias }) };
  const [output] = differentiable<Record<string, Tensor>>(inputs, forward, backward) as [Tensor];
  const [batch = 1] = output.shape;
  const shape = [batch, ...spatial.slice(5 - rank), output.shape[4] ?? 1];
  return rank === 5 ? output : tf.reshape(output, shape);
}

/** Halves stand in whole quads. */
function elementFor(input: Tensor, outputs: number): Element {
  return outputs % 4 === 0 ? elementOf(input) : 'f32';
}

/** An image as a volume of one plane: its second axis, which lies together in memory, is Z. */
function asVolumes(input: Tensor): Tensor {
  const [batch = 1, ...rest] = input.shape;
  return input.rank === 5 ? input : tf.reshape(input, [batch, 1, ...rest]);
}

function asVolumeFilter(filter: Tensor): Tensor {
  return filter.rank === 5 ? filter : tf.reshape(filter, [1, ...filter.shape]);
}
