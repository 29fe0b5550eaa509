/**
 * Each voxel of a feature map times a factor of its own, the same for all channels: the gate of an
 * Attention U-Net (Oktay et al. 2018), whose factors lie between 0 and 1. By kernels a pass over the
 * map forward and two backward; stock operations are the reference.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { differentiable, uninitialised } from '../device/tfjs-backend.ts';
import { kernelsInUse } from '../kernels/choice.ts';
import { dispatch } from '../kernels/dispatch.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { layoutOf, numbers, quadsOf, rows, type Layout } from '../kernels/storage.ts';

/**
 * @param input - `[batch, ...spatial, channels]`
 * @param factors - `[batch, ...spatial, 1]`
 */
export function gated(input: Tensor, factors: Tensor): Tensor {
  const channels = input.shape.at(-1) ?? 1;
  if (!kernelsInUse()) {
    const rowsOf = (tensor: Tensor, width: number) => tf.reshape(tensor, [-1, width]);
    return tf.reshape(tf.mul(rowsOf(input, channels), rowsOf(factors, 1)), input.shape);
  }
  const forward = (save: (tensors: Tensor[]) => void) => {
    save([input, factors]);
    return [product(input, factors)];
  };
  const backward = (received: Tensor, saved: Tensor[]) => {
    const [source, weights] = saved as [Tensor, Tensor];
    return { input: () => product(received, weights), factors: () => dots(received, source) };
  };
  return differentiable({ input, factors }, forward, backward)[0] as Tensor;
}

function product(input: Tensor, factors: Tensor): Tensor {
  const channels = input.shape.at(-1) ?? 1;
  const quads = quadsOf(channels);
  const result = uninitialised([...input.shape]);
  dispatch(productKernel(layoutOf(channels)), [input, factors, result], {
    ...{ items: factors.size * quads, channels, quads },
  });
  return result;
}

/** Of each voxel, over the channels. */
function dots(first: Tensor, second: Tensor): Tensor {
  const channels = first.shape.at(-1) ?? 1;
  const result = uninitialised([...first.shape.slice(0, -1), 1]);
  dispatch(dotsKernel(layoutOf(channels)), [first, second, result], {
    ...{ items: result.size, channels, quads: quadsOf(channels) },
  });
  return result;
}

const SIZES = ['items', 'channels', 'quads'] as const;

function productKernel(layout: Layout): Kernel<(typeof SIZES)[number]> {
  const source = rows('source', layout, 'size.channels', 'size.quads');
  const result = rows('result', layout, 'size.channels', 'size.quads', 'read_write');
  return {
    key: `gate-${layout}`,
    bindings: [source.binding, numbers('factors'), result.binding],
    sizes: SIZES,
    code: () => `${source.code}${result.code}
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let row = item / size.quads;
  result_store(row, quad, source_load(row, quad) * factors[row]);
}`,
  };
}

function dotsKernel(layout: Layout): Kernel<(typeof SIZES)[number]> {
  const source = rows('source', layout, 'size.channels', 'size.quads');
  const other = rows('other', layout, 'size.channels', 'size.quads');
  return {
    key: `gate-dots-${layout}`,
    bindings: [source.binding, other.binding, numbers('result', 'read_write')],
    sizes: SIZES,
    code: () => `${source.code}${other.code}
fn work(item: u32, layer: u32) {
  var sum = vec4<f32>();
  for (var quad = 0u; quad < size.quads; quad++) {
    sum += source_load(item, quad) * other_load(item, quad);
  }
  result[item] = dot(sum, vec4<f32>(1.0));
}`,
  };
}
