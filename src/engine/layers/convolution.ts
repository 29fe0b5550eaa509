/**
 * Convolution of any window, stride and padding, in two or three dimensions, with or without bias:
 * `Conv2d` and `Conv3d` of PyTorch, by default window 3, stride 1, padding 1.
 * Initialisation: weights and bias U(-1/sqrt(fan_in), 1/sqrt(fan_in)).
 *
 * The plain path pads and then convolves 'valid' (tfjs pads volumes 'same' or not at all).
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { kaimingUniform, biasUniform } from '../../core/random/torch-uniform.ts';
import { inThree, type PerAxis } from '../kernels/axes.ts';
import { kernelsInUse } from '../kernels/choice.ts';
import { convolution as convolveByKernels } from '../kernels/differentiable-convolution.ts';
import { geometryOf, type ConvolutionGeometry } from '../kernels/convolution-geometry.ts';
import { partialSums } from '../kernels/filter-gradient.ts';
import { mapMemory, sizeOf, type Layer, type LayerMemory, type StateSpec } from './layer.ts';
import { padSpatial } from './plain.ts';

export interface ConvolutionOptions {
  readonly window?: PerAxis;
  readonly stride?: PerAxis;
  /** Zeros on both sides of each axis. */
  readonly padding?: PerAxis;
  readonly bias?: boolean;
}

/**
 * @param name - prefix of the state-dict keys, such as `convolutions.0`
 * @param inputShape - `[...spatial, channels]`
 * @param channels - output channels
 * @throws CapsuleError NETWORK_INPUT where the window does not fit
 */
export function convolution(
  name: string,
  inputShape: readonly number[],
  channels: number,
  { window: taps = 3, stride: steps = 1, padding: zeros = 1, bias = true }: ConvolutionOptions = {},
): Layer {
  const rank = inputShape.length - 1;
  const inputs = inputShape[rank] as number;
  const [window, stride] = [perAxis(taps, rank), perAxis(steps, rank)];
  const padding = perAxis(zeros, rank);
  const geometry = geometryOf(inputShape.slice(0, rank), window, { stride, padding });
  const outputShape = [...geometry.output.slice(3 - rank), channels];
  const fanIn = inputs * sizeOf(window);
  const states = filterStates(name, [channels, inputs, ...window], fanIn, bias ? channels : 0);
  const isAll = (values: readonly number[], value: number) => values.every((n) => n === value);
  const isSame = isAll(window, 3) && isAll(stride, 1) && isAll(padding, 1);
  return {
    kind: `Conv${rank}d`,
    lines: [
      `Conv${rank}d(${inputs}, ${channels}, ${settingsOf(window, stride, padding)}${bias ? '' : ', bias=False'})`,
    ],
    states,
    outputShape,
    isFusible: isSame && bias,
    forward(input, pass) {
      const filter = pass.state(`${name}.weight`);
      const offset = bias ? pass.state(`${name}.bias`) : undefined;
      if (kernelsInUse()) return convolveByKernels(input, filter, offset, { stride, padding });
      const result = convolve(input, filter, stride, isSame ? undefined : padding);
      return offset === undefined ? result : addBias(result, offset);
    },
    toOnnx: (graph, input) =>
      graph.node('Conv', [input, ...states.map((state) => graph.state(state.name))], {
        ...{ kernel_shape: window, strides: stride, pads: [...padding, ...padding] },
      }),
    memory: (batch) => convolutionMemory(geometry, [inputs, channels], outputShape, batch),
  };
}

/** Weight and bias of a convolution; no bias where it has no numbers. */
export function filterStates(
  name: string,
  shape: readonly number[],
  fanIn: number,
  biases: number,
): StateSpec[] {
  const window = shape.slice(2);
  const weight: StateSpec = {
    name: `${name}.weight`,
    shape,
    trained: true,
    // [first, second, ...window] becomes [...window, second, first].
    toOurs: [...window.map((_, axis) => axis + 2), 1, 0],
    initial: (generator) => kaimingUniform(shape, fanIn, generator),
  };
  const bias: StateSpec = {
    name: `${name}.bias`,
    shape: [biases],
    trained: true,
    initial: (generator) => biasUniform(biases, fanIn, generator),
  };
  return biases === 0 ? [weight] : [weight, bias];
}

/** The convolution's side of what a transposed one keeps, too: it is the same walk. */
export function convolutionMemory(
  geometry: ConvolutionGeometry,
  [inputs, outputs]: readonly [number, number],
  outputShape: readonly number[],
  batch: number,
): LayerMemory {
  const taps = sizeOf(geometry.window);
  const shape = [batch, ...geometry.output, outputs];
  const eights = (count: number) => 8 * Math.ceil(count / 8);
  const packed = [inputs * eights(outputs), outputs * eights(inputs)];
  return {
    ...mapMemory(outputShape, batch),
    workspace: [partialSums(shape, inputs, geometry), ...packed.map((size) => taps * size)],
  };
}

/** As PyTorch prints them; no padding is not printed. */
export function settingsOf(
  window: readonly number[],
  stride: readonly number[],
  padding: readonly number[],
): string {
  const tuple = (values: readonly number[]) => `(${values.join(', ')})`;
  const isPadded = padding.some((count) => count > 0);
  const first = `kernel_size=${tuple(window)}, stride=${tuple(stride)}`;
  return isPadded ? `${first}, padding=${tuple(padding)}` : first;
}

export function perAxis(value: PerAxis, rank: number): number[] {
  return typeof value === 'number' ? new Array<number>(rank).fill(value) : [...value];
}

/** @param padding - 'same' when absent */
export function convolve(
  input: Tensor,
  filter: Tensor,
  stride: readonly number[],
  padding: readonly number[] | undefined,
): Tensor {
  const padded = padding === undefined ? input : padSpatial(input, padding, padding);
  const manner = padding === undefined ? 'same' : 'valid';
  if (input.rank === 5) {
    const steps = inThree(stride, 1) as [number, number, number];
    return tf.conv3d(padded as tf.Tensor5D, filter as tf.Tensor5D, steps, manner);
  }
  const steps = [...stride] as [number, number];
  return tf.conv2d(padded as tf.Tensor4D, filter as tf.Tensor4D, steps, manner);
}

export function addBias(output: Tensor, bias: Tensor): Tensor {
  const channels = output.shape[output.rank - 1] as number;
  return tf.reshape(
    tf.add(tf.reshape(output, [-1, channels]), tf.reshape(bias, [1, channels])),
    output.shape,
  );
}
