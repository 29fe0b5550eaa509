/**
 * Means over windows of `[batch, X, Y, Z, channels]`, as PyTorch's AvgPool3d, and over volumes, as
 * AdaptiveAvgPool3d(1), with gradients; windows as in max-pool.ts, sums in f32. A volume is summed
 * by many threads, and their partial sums are added in a fixed order (sum-partials.ts).
 * Measured on lavapipe, two cores: 64^3 x 16, batch 2, f32, least, median of 20 on a busy machine:
 * window 2 14, 21 ms (2.6, 1.8 GB/s), gradient 40, 69 ms (0.9, 0.5 GB/s); window 3, stride 2 34,
 * 50 ms (1.1, 0.7 GB/s), gradient 80, 131 ms (0.5, 0.3 GB/s); volumes 13, 21 ms (2.6, 1.6 GB/s),
 * gradient 32, 49 ms (1.0, 0.7 GB/s).
 */
import type { Tensor } from '@tensorflow/tfjs';
import { differentiable, workspace } from '../device/tfjs-backend.ts';
import { chunksOf } from './channel-sums.ts';
import { inThree, volumeOf } from './axes.ts';
import { dispatch } from './dispatch.ts';
import { elementOf, overflowFlag, uninitialisedAs } from './half-tensors.ts';
import type { Kernel } from './kernel.ts';
import {
  OVERFLOW,
  layoutOf,
  quadsOf,
  rows,
  vectors,
  type Element,
  type Layout,
} from './storage.ts';
import { sumPartials } from './sum-partials.ts';
import {
  GATHER_CODE,
  PLACE_CODE,
  WINDOW_SIZES,
  spatialOf,
  tapsOf,
  three,
  windowGeometry,
  windowSizes,
  type WindowOptions,
  type WindowSize,
} from './window.ts';

export interface AveragePoolOptions extends WindowOptions {
  /** Whether padded zeros count as voxels of a mean; true when absent, as in PyTorch. */
  readonly countIncludePad?: boolean;
}

/**
 * @param input - `[batch, X, Y, Z, channels]` or `[batch, X, Y, channels]`, of any element
 * @returns `[batch, ..., channels]`, of the element of the input
 */
export function averagePool(input: Tensor, options: AveragePoolOptions): Tensor {
  const geometry = windowGeometry(input.shape, options);
  const sizes = { ...windowSizes(geometry), countsPad: options.countIncludePad === false ? 0 : 1 };
  const [shape, element] = [[...input.shape], elementOf(input)];
  const layout = layoutOf(geometry.channels);
  const forward = () => {
    const output = uninitialisedAs(element, geometry.outputShape);
    const items = geometry.windows * sizes.quads;
    dispatch(meanKernel(layout, element), [input, output], { ...sizes, items });
    return [output];
  };
  const backward = (received: Tensor) => ({
    input: () => {
      const result = uninitialisedAs(element, shape);
      const tensors = [received, result, ...(element === 'f32' ? [] : [overflowFlag()])];
      const items = geometry.pieces * sizes.quads;
      const kernel = gradientKernel(layout, elementOf(received), element);
      dispatch(kernel, tensors, { ...sizes, items });
      return result;
    },
  });
  return differentiable({ input }, forward, backward)[0] as Tensor;
}

/**
 * @param input - `[batch, X, Y, Z, channels]` or `[batch, X, Y, channels]`, of any element
 * @returns means over all voxels, f32 `[batch, channels]`
 */
export function globalAveragePool(input: Tensor): Tensor {
  const [shape, element] = [[...input.shape], elementOf(input)];
  const [batch = 1, channels = 1] = [shape[0], shape.at(-1)];
  const [layout, quads] = [layoutOf(channels), quadsOf(channels)];
  const voxels = volumeOf(inThree(spatialOf(shape), 1));
  const forward = () => {
    const chunks = chunksOf(voxels, batch * quads);
    const partials = workspace([chunks, batch * 4 * quads]);
    const sizes = { items: batch * chunks * quads, batch, voxels, channels, quads, chunks };
    dispatch(partialKernel(layout, element), [input, partials], sizes);
    return sumPartials(partials, [{ shape: [batch, channels], outputs: [channels, 4 * quads] }]);
  };
  const backward = (received: Tensor) => ({
    input: () => {
      const result = uninitialisedAs(element, shape);
      const tensors = [received, result, ...(element === 'f32' ? [] : [overflowFlag()])];
      const sizes = { items: batch * voxels * quads, batch, voxels, channels, quads, chunks: 1 };
      dispatch(spreadKernel(layout, elementOf(received), element), tensors, sizes);
      return result;
    },
  });
  return differentiable({ input }, forward, backward)[0] as Tensor;
}

const ROW = ['size.channels', 'size.quads'] as const;
type Size = WindowSize | 'countsPad';
const SIZES: readonly Size[] = [...WINDOW_SIZES, 'countsPad'];

/** Where a window's voxels begin and end, counted from the first padded one, and how many count. */
const COVER_CODE = `${PLACE_CODE}
fn begin_of(window: vec3<u32>) -> vec3<u32> {
  return max(window * ${three('stride')}, ${three('pad')});
}
fn end_of(window: vec3<u32>) -> vec3<u32> {
  return min(window * ${three('stride')} + ${three('window')}, ${three('input')} + ${three('pad')});
}
fn count_of(window: vec3<u32>) -> f32 {
  let lengths = select(end_of(window) - begin_of(window), ${three('window')}, size.countsPad == 1u);
  return f32(lengths.x * lengths.y * lengths.z);
}`;

function meanKernel(layout: Layout, element: Element): Kernel<Size> {
  const source = rows('source', layout, ...ROW, 'read', element);
  const result = rows('result', layout, ...ROW, 'read_write', element);
  return {
    key: `average-pool-${layout}-${element}`,
    repeatable: true,
    bindings: [source.binding, result.binding],
    sizes: SIZES,
    flops: (sizes) => 4 * sizes.items * tapsOf(sizes),
    code: () => `${source.code}${result.code}${COVER_CODE}
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let row = item / size.quads;
  let lengths = ${three('input')};
  let window = place_of(row, ${three('output')});
  let begin = begin_of(window.yzw) - ${three('pad')};
  let end = end_of(window.yzw) - ${three('pad')};
  var sum = vec4<f32>();
  for (var x = begin.x; x < end.x; x++) {
    for (var y = begin.y; y < end.y; y++) {
      let line = row_of(window.x, vec3<u32>(x, y, 0u), lengths);
      for (var z = begin.z; z < end.z; z++) {
        sum += source_load(line + z, quad);
      }
    }
  }
  result_store(row, quad, sum / count_of(window.yzw));
}`,
  };
}

function gradientKernel(layout: Layout, from: Element, to: Element): Kernel<Size> {
  const watched = to !== 'f32';
  const gradient = rows('gradient', layout, ...ROW, 'read', from);
  const result = rows('result', layout, ...ROW, 'read_write', to, watched);
  return {
    key: `average-pool-gradient-${layout}-${from}-${to}`,
    repeatable: true,
    bindings: [gradient.binding, result.binding, ...(watched ? [OVERFLOW] : [])],
    sizes: SIZES,
    flops: (sizes) => 8 * sizes.items * tapsOf(sizes),
    code: () => `${gradient.code}${result.code}${COVER_CODE}
fn term(quad: u32, voxel: u32, row: u32, window: vec3<u32>) -> vec4<f32> {
  return gradient_load(row, quad) / count_of(window);
}${GATHER_CODE}`,
  };
}

const GLOBAL_SIZES = ['items', 'batch', 'voxels', 'channels', 'quads', 'chunks'] as const;
type GlobalSize = (typeof GLOBAL_SIZES)[number];

function partialKernel(layout: Layout, element: Element): Kernel<GlobalSize> {
  const source = rows('source', layout, ...ROW, 'read', element);
  return {
    key: `global-average-${layout}-${element}`,
    repeatable: true,
    bindings: [source.binding, vectors('partials', 'read_write')],
    sizes: GLOBAL_SIZES,
    flops: ({ batch, voxels, quads }) => 4 * batch * voxels * quads,
    code: () => `${source.code}
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let chunk = item / size.quads % size.chunks;
  let batch = item / size.quads / size.chunks;
  var sum = vec4<f32>();
  for (var voxel = chunk; voxel < size.voxels; voxel += size.chunks) {
    sum += source_load(batch * size.voxels + voxel, quad);
  }
  partials[(chunk * size.batch + batch) * size.quads + quad] = sum / f32(size.voxels);
}`,
  };
}

function spreadKernel(layout: Layout, from: Element, to: Element): Kernel<GlobalSize> {
  const watched = to !== 'f32';
  const gradient = rows('gradient', layout, ...ROW, 'read', from);
  const result = rows('result', layout, ...ROW, 'read_write', to, watched);
  return {
    key: `global-average-gradient-${layout}-${from}-${to}`,
    repeatable: true,
    bindings: [gradient.binding, result.binding, ...(watched ? [OVERFLOW] : [])],
    sizes: GLOBAL_SIZES,
    flops: ({ items }) => 4 * items,
    code: () => `${gradient.code}${result.code}
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let row = item / size.quads;
  result_store(row, quad, gradient_load(row / size.voxels, quad) / f32(size.voxels));
}`,
  };
}
