/**
 * Maximum pooling of `[batch, X, Y, Z, channels]` by any window, stride and padding, with gradient.
 * A thread has one window and four channels and keeps where the maximum was, the FIRST in row-major
 * order where several are equal, as PyTorch's MaxPool3d. Backward it has the voxels of one cell and
 * goes through the windows over them (window.ts), without atomics. NaN is never a maximum here.
 * Measured on lavapipe, two cores: 64^3 x 16, batch 2, f32, least, median of 20 on a busy machine:
 * PadMaxPool 14, 23 ms (3.0, 1.8 GB/s), gradient 38, 67 ms (1.1, 0.6 GB/s); window 3, stride 2 31,
 * 54 ms (1.3, 0.8 GB/s), gradient 76, 120 ms (0.6, 0.4 GB/s).
 */
import type { Tensor } from '@tensorflow/tfjs';
import { differentiable, uninitialised } from '../device/tfjs-backend.ts';
import { dispatch } from './dispatch.ts';
import { elementOf, overflowFlag, uninitialisedAs } from './half-tensors.ts';
import type { Kernel } from './kernel.ts';
import { OVERFLOW, layoutOf, rows, type Element, type Layout } from './storage.ts';
import {
  GATHER_CODE,
  PLACE_CODE,
  WINDOW_SIZES,
  indexRows,
  spatialOf,
  tapsOf,
  three,
  windowGeometry,
  windowSizes,
  type WindowGeometry,
  type WindowOptions,
  type WindowSize,
} from './window.ts';

/** What a padded voxel holds: 0, which may be the maximum, or less than any voxel. */
export type PadValue = 'zero' | 'minus infinity';

export interface MaxPoolOptions extends WindowOptions {
  /** `minus infinity`, as in PyTorch's MaxPool3d, when absent. */
  readonly padValue?: PadValue;
}

export interface MaxPooled {
  /** `[batch, ..., channels]`, of the element of the input. */
  readonly output: Tensor;
  /**
   * int32, of the output's shape: which voxel of the UNPADDED volume was the maximum, as
   * (x * Y + y) * Z + z, and -1 where it was a padded zero. ClinicaDL's PadMaxPool counts in the
   * padded volume, and CropMaxUnpool drops what falls on its padding; with -1 in its place,
   * gradients and unpooling go straight to the unpadded volume.
   */
  readonly maxima: Tensor;
}

/**
 * ClinicaDL's PadMaxPool(2, 2): a zero in FRONT of each axis of odd length.
 * @param shape - `[batch, X, Y, Z, channels]` or `[batch, X, Y, channels]`
 * @param dimensions - 2 for images given as volumes of one plane, `[batch, 1, X, Y, channels]`
 */
export function padMaxPoolGeometry(
  shape: readonly number[],
  dimensions = shape.length - 2,
): Required<MaxPoolOptions> {
  const spatial = spatialOf(shape);
  const isPooled = (axis: number) => axis >= spatial.length - dimensions;
  const window = spatial.map((_, axis) => (isPooled(axis) ? 2 : 1));
  const padFront = spatial.map((length, axis) => (isPooled(axis) ? length % 2 : 0));
  return { window, stride: window, padFront, padBack: 0, padValue: 'zero' };
}

/**
 * @param input - `[batch, X, Y, Z, channels]` or `[batch, X, Y, channels]`, of any element
 * @returns output, which is differentiable, and maxima
 */
export function maxPool(input: Tensor, options: MaxPoolOptions): MaxPooled {
  const geometry = windowGeometry(input.shape, options);
  const [shape, element] = [[...input.shape], elementOf(input)];
  const forward = (save: (tensors: Tensor[]) => void) => {
    const output = uninitialisedAs(element, geometry.outputShape);
    const maxima = uninitialised(geometry.outputShape, 'int32');
    const sizes = windowSizes(geometry);
    dispatch(poolKernel(layoutOf(geometry.channels), element), [input, output, maxima], {
      ...{ ...sizes, items: geometry.windows * sizes.quads },
      padsZero: options.padValue === 'zero' ? 1 : 0,
    });
    save([maxima]);
    return [output, maxima];
  };
  const backward = (received: Tensor, [maxima]: Tensor[]) => ({
    input: () => {
      const result = uninitialisedAs(element, shape);
      sumAtMaxima(received, maxima as Tensor, result, geometry, element !== 'f32');
      return result;
    },
  });
  const [output, maxima] = differentiable({ input }, forward, backward);
  return { output, maxima } as MaxPooled;
}

/**
 * Sums, for each voxel, what windows have whose maximum it was; zero where it was nobody's.
 * @param values - of the windows, `[batch, ..., channels]`
 * @param result - of the voxels
 * @param watched - whether a half that is too large raises the flag
 */
export function sumAtMaxima(
  values: Tensor,
  maxima: Tensor,
  result: Tensor,
  geometry: WindowGeometry,
  watched: boolean,
): void {
  const sizes = windowSizes(geometry);
  const elements = [elementOf(values), elementOf(result)] as const;
  const kernel = sumKernel(layoutOf(geometry.channels), ...elements, watched);
  const tensors = [values, maxima, result, ...(watched ? [overflowFlag()] : [])];
  dispatch(kernel, tensors, { ...sizes, items: geometry.pieces * sizes.quads });
}

const ROW = ['size.channels', 'size.quads'] as const;

function poolKernel(layout: Layout, element: Element): Kernel<WindowSize | 'padsZero'> {
  const source = rows('source', layout, ...ROW, 'read', element);
  const result = rows('result', layout, ...ROW, 'read_write', element);
  const maxima = indexRows('maxima', layout, 'read_write');
  return {
    key: `max-pool-${layout}-${element}`,
    repeatable: true,
    bindings: [source.binding, result.binding, maxima.binding],
    sizes: [...WINDOW_SIZES, 'padsZero'],
    // A comparison a voxel of the window.
    flops: (sizes) => 4 * sizes.items * tapsOf(sizes),
    code: () => `${source.code}${result.code}${maxima.code}${PLACE_CODE}
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let row = item / size.quads;
  let lengths = ${three('input')};
  let window = place_of(row, ${three('output')});
  // Unsigned on purpose: one before the first is far beyond the last.
  let first = window.yzw * ${three('stride')} - ${three('pad')};
  let base = row_of(window.x, vec3<u32>(), lengths);
  var best = vec4<f32>(-3.4028234e38);
  var origin = vec4<i32>(-1);
  for (var i = 0u; i < size.windowX; i++) {
    for (var j = 0u; j < size.windowY; j++) {
      for (var k = 0u; k < size.windowZ; k++) {
        let place = first + vec3<u32>(i, j, k);
        let inside = all(place < lengths);
        let voxel = row_of(0u, place, lengths);
        let value = select(vec4<f32>(), source_load(base + voxel, quad), inside);
        let more = (value > best) & vec4<bool>(inside | (size.padsZero == 1u));
        best = select(best, value, more);
        origin = select(origin, vec4<i32>(select(-1, i32(voxel), inside)), more);
      }
    }
  }
  result_store(row, quad, best);
  maxima_store(row, quad, origin);
}`,
  };
}

function sumKernel(
  layout: Layout,
  from: Element,
  to: Element,
  watched: boolean,
): Kernel<WindowSize> {
  const values = rows('values', layout, ...ROW, 'read', from);
  const maxima = indexRows('maxima', layout, 'read');
  const result = rows('result', layout, ...ROW, 'read_write', to, watched);
  return {
    key: `max-pool-sum-${layout}-${from}-${to}${watched ? '-watched' : ''}`,
    repeatable: true,
    bindings: [values.binding, maxima.binding, result.binding, ...(watched ? [OVERFLOW] : [])],
    sizes: WINDOW_SIZES,
    flops: (sizes) => 4 * sizes.items * tapsOf(sizes),
    code: () => `${values.code}${maxima.code}${result.code}${PLACE_CODE}
fn term(quad: u32, voxel: u32, row: u32, window: vec3<u32>) -> vec4<f32> {
  let hit = maxima_load(row, quad) == vec4<i32>(i32(voxel));
  return select(vec4<f32>(), values_load(row, quad), hit);
}${GATHER_CODE}`,
  };
}
