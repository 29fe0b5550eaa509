/**
 * Filters as the convolution reads them: `[27 taps, inputs padded to quads, outputs padded to pairs
 * of quads]`, padding zero. Mirrored in space and transposed in channels for the input's gradient.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { uninitialised } from '../device/tfjs-backend.ts';
import { dispatch } from './dispatch.ts';
import { each, type Kernel } from './kernel.ts';
import { numbers, quadsOf, vectors } from './storage.ts';

const SIZES = ['items', 'inputs', 'outputs', 'inputRows', 'filterQuads', 'mirrored'] as const;

/**
 * @param filter - `[3, 3, 3, inputs, outputs]`
 * @returns the filter itself where it already is as it should be
 */
export function packFilter(filter: Tensor, mirrored: boolean): Tensor {
  const [, , , first = 1, second = 1] = filter.shape;
  const [inputs, outputs] = mirrored ? [second, first] : [first, second];
  const inputRows = inputs === 1 && !mirrored ? 1 : 4 * quadsOf(inputs);
  const filterQuads = 2 * Math.ceil(outputs / 8);
  if (!mirrored && inputRows === inputs && filterQuads * 4 === outputs) return filter;
  const items = 27 * inputRows * filterQuads;
  const packed = uninitialised([items, 4]);
  const sizes = { items, inputs, outputs, inputRows, filterQuads, mirrored: mirrored ? 1 : 0 };
  dispatch(KERNEL, [filter, packed], sizes);
  return packed;
}

const KERNEL: Kernel<(typeof SIZES)[number]> = {
  key: 'pack-filter',
  bindings: [numbers('source'), vectors('packed', 'read_write')],
  sizes: SIZES,
  code: () => `
fn value(tap: u32, input: u32, output: u32) -> f32 {
  let plain = (tap * size.inputs + input) * size.outputs + output;
  let mirrored = ((26u - tap) * size.outputs + output) * size.inputs + input;
  let known = (input < size.inputs) & (output < size.outputs);
  return select(0.0, source[select(plain, mirrored, size.mirrored == 1u)], known);
}
fn work(item: u32, layer: u32) {
  let output = item % size.filterQuads * 4u;
  let input = item / size.filterQuads % size.inputRows;
  let tap = item / (size.filterQuads * size.inputRows);
  packed[item] = vec4<f32>(${each(4, (i) => `value(tap, input, output + ${i}u)`, ', ')});
}`,
};
