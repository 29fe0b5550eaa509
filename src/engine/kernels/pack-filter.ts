/**
 * Filters as the convolution reads them: `[pairs of quads of outputs, taps, inputs padded to quads,
 * two quads]`, padding zero. Mirrored in space and transposed in channels for the input's gradient.
 * What one dispatch reads, the filters of eight outputs, stands together, and is bound as a uniform
 * where it is small enough: all threads of a group read the same number at the same time, which is
 * what uniforms are for.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { type Bound, copyToUniform, workspace } from '../device/tfjs-backend.ts';
import { dispatch } from './dispatch.ts';
import { each, type Kernel } from './kernel.ts';
import { numbers, quadsOf, vectors, type Layout } from './storage.ts';

const SIZES = ['items', 'taps', 'inputs', 'outputs', 'inputRows', 'mirrored'] as const;

/**
 * @param filter - `[...window, inputs, outputs]`
 * @param layout - of what the convolution reads
 * @returns the filter itself where it already is as it should be
 */
export function packFilter(filter: Tensor, mirrored: boolean, layout: Layout): Tensor {
  const [first = 1, second = 1] = filter.shape.slice(-2);
  const taps = filter.size / (first * second);
  const [inputs, outputs] = mirrored ? [second, first] : [first, second];
  const inputRows = layout === 'single' ? 1 : 4 * quadsOf(inputs);
  const filterQuads = 2 * Math.ceil(outputs / 8);
  if (!mirrored && inputRows === inputs && outputs === 8) return filter;
  const items = taps * inputRows * filterQuads;
  const packed = workspace([items, 4]);
  const sizes = { items, taps, inputs, outputs, inputRows, mirrored: mirrored ? 1 : 0 };
  dispatch(KERNEL, [filter, packed], sizes);
  return packed;
}

/** Every device binds so much as a uniform (WebGPU's limit). */
export const UNIFORM_BYTES = 65_536;

/**
 * @param packed - as `packFilter` returns it
 * @param layers - of eight outputs each
 * @returns the filters of each layer, to be bound as a uniform; undefined where they are too large
 */
export function uniformSlices(packed: Tensor, layers: number): Bound[] | undefined {
  const bytes = (packed.size * 4) / layers;
  if (bytes > UNIFORM_BYTES) return undefined;
  return copyToUniform(packed, bytes, layers, UNIFORM_BYTES);
}

const KERNEL: Kernel<(typeof SIZES)[number]> = {
  key: 'pack-filter',
  bindings: [numbers('source'), vectors('packed', 'read_write')],
  sizes: SIZES,
  code: () => `
fn value(tap: u32, input: u32, output: u32) -> f32 {
  let plain = (tap * size.inputs + input) * size.outputs + output;
  let mirrored = ((size.taps - 1u - tap) * size.outputs + output) * size.inputs + input;
  let known = (input < size.inputs) & (output < size.outputs);
  return select(0.0, source[select(plain, mirrored, size.mirrored == 1u)], known);
}
fn work(item: u32, layer: u32) {
  let input = item / 2u % size.inputRows;
  let tap = item / (2u * size.inputRows) % size.taps;
  let output = (item / (2u * size.taps * size.inputRows) * 2u + item % 2u) * 4u;
  packed[item] = vec4<f32>(${each(4, (i) => `value(tap, input, output + ${i}u)`, ', ')});
}`,
};
