/**
 * Transposed convolution of any window, stride and padding: `ConvTranspose2d` and `ConvTranspose3d`
 * of PyTorch. Its weight is `[inputs, outputs, ...window]`, and its fan_in, as PyTorch counts it, is
 * that of its OUTPUT channels.
 *
 * The plain path convolves what goes in, its voxels `stride` apart, with the mirrored filter
 * (Dumoulin and Visin 2016, section 4): tfjs has no gradient for its own transposed convolution.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import type { PerAxis } from '../kernels/axes.ts';
import { kernelsInUse } from '../kernels/choice.ts';
import { transposedGeometryOf } from '../kernels/convolution-geometry.ts';
import { transposedConvolution as byKernels } from '../kernels/differentiable-convolution.ts';
import {
  addBias,
  convolutionMemory,
  convolve,
  filterStates,
  perAxis,
  settingsOf,
  type ConvolutionOptions,
} from './convolution.ts';
import { mapMemory, sizeOf, type Layer } from './layer.ts';
import { padSpatial, spreadSpatial } from './plain.ts';

export interface TransposedOptions extends ConvolutionOptions {
  /** Voxels added behind each axis of the output. */
  readonly outputPadding?: PerAxis;
}

/**
 * @param name - prefix of the state-dict keys
 * @param inputShape - `[...spatial, channels]`
 * @param channels - output channels
 */
export function transposedConvolution(
  name: string,
  inputShape: readonly number[],
  channels: number,
  options: TransposedOptions = {},
): Layer {
  const rank = inputShape.length - 1;
  const inputs = inputShape[rank] as number;
  const { bias = true } = options;
  const window = perAxis(options.window ?? 3, rank);
  const stride = perAxis(options.stride ?? 1, rank);
  const padding = perAxis(options.padding ?? 1, rank);
  const outputPadding = perAxis(options.outputPadding ?? 0, rank);
  const walk = { stride, padding };
  const geometry = transposedGeometryOf(inputShape.slice(0, rank), window, walk, outputPadding);
  const outputShape = [...geometry.input.slice(3 - rank), channels];
  const fanIn = channels * sizeOf(window);
  const states = filterStates(name, [inputs, channels, ...window], fanIn, bias ? channels : 0);
  const more = outputPadding.some((count) => count > 0)
    ? `, output_padding=(${outputPadding.join(', ')})`
    : '';
  return {
    kind: `ConvTranspose${rank}d`,
    lines: [
      `ConvTranspose${rank}d(${inputs}, ${channels}, ${settingsOf(window, stride, padding)}${more}${bias ? '' : ', bias=False'})`,
    ],
    states,
    outputShape,
    forward(input, pass) {
      const filter = pass.state(`${name}.weight`);
      const offset = bias ? pass.state(`${name}.bias`) : undefined;
      if (kernelsInUse()) return byKernels(input, filter, offset, { ...walk, outputPadding });
      const front = window.map((taps, axis) => taps - 1 - (padding[axis] ?? 0));
      const back = front.map((count, axis) => count + (outputPadding[axis] ?? 0));
      const spread = padSpatial(spreadSpatial(input, stride), front, back);
      const ones = perAxis(1, rank);
      const result = convolve(spread, mirrored(filter), ones, perAxis(0, rank));
      return offset === undefined ? result : addBias(result, offset);
    },
    toOnnx: (graph, input) =>
      graph.node('ConvTranspose', [input, ...states.map((state) => graph.state(state.name))], {
        ...{ kernel_shape: window, strides: stride, pads: [...padding, ...padding] },
        output_padding: outputPadding,
      }),
    memory: (batch) => ({
      ...convolutionMemory(geometry, [channels, inputs], inputShape, batch),
      ...mapMemory(outputShape, batch),
    }),
  };
}

/** `[...window, outputs, inputs]` back to front along each axis, as `[...window, inputs, outputs]`. */
function mirrored(filter: Tensor): Tensor {
  const rank = filter.rank - 2;
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return tf.transpose(tf.reverse(filter, axes), [...axes, rank + 1, rank]);
}
