/**
 * Puts pooled numbers back where their maxima were, and zeros elsewhere: PyTorch's MaxUnpool3d, and
 * ClinicaDL's CropMaxUnpool3d, which fills the padded volume and crops it (here a maximum in the
 * padding is -1 and goes nowhere). Windows do not overlap, so a voxel is the maximum of one,
 * and this is the sum that the gradient of pooling is. Its own gradient reads one number each.
 * Measured on lavapipe, two cores: to 64^3 x 16, batch 2, f32, least and median of 20 on a busy
 * machine: 56, 67 ms (0.8, 0.6 GB/s), gradient 7, 13 ms (1.7, 1.0 GB/s of what it moves).
 */
import type { Tensor } from '@tensorflow/tfjs';
import { differentiable } from '../device/tfjs-backend.ts';
import { dispatch } from './dispatch.ts';
import { elementOf, overflowFlag, uninitialisedAs } from './half-tensors.ts';
import type { Kernel } from './kernel.ts';
import { padMaxPoolGeometry, sumAtMaxima } from './max-pool.ts';
import { OVERFLOW, layoutOf, numberRows, rows, type Element, type Layout } from './storage.ts';
import {
  PLACE_CODE,
  WINDOW_SIZES,
  indexRows,
  three,
  windowGeometry,
  windowSizes,
  type WindowOptions,
  type WindowSize,
} from './window.ts';

/**
 * @param input - `[batch, ..., channels]`, of any element
 * @param maxima - of `maxPool`, of the shape of `input`
 * @param outputShape - that was pooled, `[batch, X, Y, Z, channels]` or `[batch, X, Y, channels]`
 * @param windows - those it was pooled by; ClinicaDL's PadMaxPool(2, 2) when absent
 * @returns `outputShape`, of the element of the input
 */
export function maxUnpool(
  input: Tensor,
  maxima: Tensor,
  outputShape: readonly number[],
  windows: WindowOptions = padMaxPoolGeometry(outputShape),
): Tensor {
  const geometry = windowGeometry(outputShape, windows);
  for (const { shape } of [input, maxima]) {
    if (shape.join() !== geometry.outputShape.join()) {
      throw new RangeError(`[${shape.join(', ')}] is not [${outputShape.join(', ')}] when pooled`);
    }
  }
  if (geometry.window.some((taps, axis) => taps > (geometry.stride[axis] ?? 1))) {
    throw new RangeError('windows that overlap cannot be unpooled');
  }
  const [shape, element] = [[...input.shape], elementOf(input)];
  const forward = (save: (tensors: Tensor[]) => void) => {
    const output = uninitialisedAs(element, [...outputShape]);
    sumAtMaxima(input, maxima, output, geometry, false);
    save([maxima]);
    return [output];
  };
  const backward = (received: Tensor, [places]: Tensor[]) => ({
    input: () => {
      const result = uninitialisedAs(element, shape);
      const tensors = [received, places as Tensor, result];
      if (element !== 'f32') tensors.push(overflowFlag());
      const sizes = windowSizes(geometry);
      const kernel = gradientKernel(layoutOf(geometry.channels), elementOf(received), element);
      dispatch(kernel, tensors, { ...sizes, items: geometry.windows * sizes.quads });
      return result;
    },
  });
  return differentiable({ input }, forward, backward)[0] as Tensor;
}

function gradientKernel(layout: Layout, from: Element, to: Element): Kernel<WindowSize> {
  const watched = to !== 'f32';
  const gradient = numberRows('gradient', from);
  const maxima = indexRows('maxima', layout, 'read');
  const result = rows('result', layout, 'size.channels', 'size.quads', 'read_write', to, watched);
  return {
    key: `max-unpool-gradient-${layout}-${from}-${to}`,
    repeatable: true,
    bindings: [gradient.binding, maxima.binding, result.binding, ...(watched ? [OVERFLOW] : [])],
    sizes: WINDOW_SIZES,
    code: () => `${gradient.code}${maxima.code}${result.code}${PLACE_CODE}
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let row = item / size.quads;
  let lengths = ${three('input')};
  let base = row_of(place_of(row, ${three('output')}).x, vec3<u32>(), lengths);
  let origin = maxima_load(row, quad);
  let at = (vec4<u32>(origin) + base) * size.channels + quad * 4u + vec4<u32>(0u, 1u, 2u, 3u);
  let found = vec4<f32>(
    gradient_number(at.x), gradient_number(at.y), gradient_number(at.z), gradient_number(at.w),
  );
  result_store(row, quad, select(vec4<f32>(), found, origin >= vec4<i32>()));
}`,
  };
}
