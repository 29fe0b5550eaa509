/** Sum, number, squares, least and largest of each sample, in a fixed order: two dispatches, no reading. */
import type { Tensor } from '@tensorflow/tfjs';
import { uninitialised } from '../device/tfjs-backend.ts';
import { dispatch } from '../kernels/dispatch.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { numbers } from '../kernels/storage.ts';
import { sizeOf, type Shape } from './wgsl.ts';

/** Places in a row of five: sum, number of voxels, sum of squares about a centre, least, largest. */
export const LEAST = 3;
export const LARGEST = 4;
const THREADS = 512;

export interface About {
  /** Voxels above the mean of these alone; all of them when absent. */
  readonly above?: Tensor | undefined;
  /** Squares are taken about the mean of these; about 0 when absent. */
  readonly centre?: Tensor | undefined;
}

/** @returns `[batch, 5]` */
export function statistics(source: Tensor, shape: Shape, { above, centre }: About = {}): Tensor {
  const [batch] = shape;
  const count = sizeOf(shape);
  const threads = Math.min(THREADS, count);
  const partials = uninitialised([batch, threads, 5]);
  const modes = { isAbove: above === undefined ? 0 : 1, isCentred: centre === undefined ? 0 : 1 };
  const any = above ?? centre ?? source;
  dispatch(
    PARTIALS,
    [source, above ?? any, centre ?? any, partials],
    { items: threads, count, ...modes },
    batch,
  );
  const totals = uninitialised([batch, 5]);
  dispatch(TOTALS, [partials, totals], { items: batch, threads });
  partials.dispose();
  return totals;
}

const PARTIALS: Kernel<'items' | 'count' | 'isAbove' | 'isCentred'> = {
  key: 'augmentation-statistics',
  bindings: [
    numbers('source'),
    numbers('above'),
    numbers('centre'),
    numbers('partials', 'read_write'),
  ],
  sizes: ['items', 'count', 'isAbove', 'isCentred'],
  code: () => `
fn work(item: u32, layer: u32) {
  let first = layer * size.count;
  let row = layer * 5u;
  var least = 3.402823e38;
  let threshold = select(-3.402823e38, above[row] / above[row + 1u], size.isAbove == 1u);
  let middle = select(0.0, centre[row] / centre[row + 1u], size.isCentred == 1u);
  var largest = -3.402823e38;
  var sums = vec3<f32>(0.0);
  for (var i = item; i < size.count; i += size.items) {
    let value = source[first + i];
    let taken = select(0.0, 1.0, value > threshold);
    sums += taken * vec3<f32>(value, 1.0, (value - middle) * (value - middle));
    least = min(least, value);
    largest = max(largest, value);
  }
  let at = (layer * size.items + item) * 5u;
  partials[at] = sums.x;
  partials[at + 1u] = sums.y;
  partials[at + 2u] = sums.z;
  partials[at + 3u] = least;
  partials[at + 4u] = largest;
}`,
};

const TOTALS: Kernel<'items' | 'threads'> = {
  key: 'augmentation-totals',
  bindings: [numbers('partials'), numbers('totals', 'read_write')],
  sizes: ['items', 'threads'],
  code: () => `
fn work(item: u32, layer: u32) {
  var sums = vec3<f32>(0.0);
  var least = 3.402823e38;
  var largest = -3.402823e38;
  for (var i = 0u; i < size.threads; i++) {
    let at = (item * size.threads + i) * 5u;
    sums += vec3<f32>(partials[at], partials[at + 1u], partials[at + 2u]);
    least = min(least, partials[at + 3u]);
    largest = max(largest, partials[at + 4u]);
  }
  totals[item * 5u] = sums.x;
  totals[item * 5u + 1u] = sums.y;
  totals[item * 5u + 2u] = sums.z;
  totals[item * 5u + 3u] = least;
  totals[item * 5u + 4u] = largest;
}`,
};
