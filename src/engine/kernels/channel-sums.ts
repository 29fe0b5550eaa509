/**
 * Sums over the rows of `[rows, channels]`, and sums of squared distances from the mean: the two
 * passes of a variance. (Mean of squares less square of the mean loses all digits where the mean is
 * large against the spread, as after a convolution of a normalised brain.)
 */
import type { Tensor } from '@tensorflow/tfjs';
import { uninitialised } from '../device/tfjs-backend.ts';
import { dispatch } from './dispatch.ts';
import type { Kernel } from './kernel.ts';
import { vectors } from './storage.ts';
import { sumPartials } from './sum-partials.ts';

const SIZES = ['items', 'rows', 'quads', 'chunks', 'squares'] as const;

/**
 * @param values - `[rows, channels padded to quads]`
 * @param channels - how many are returned
 * @returns sums, `[channels]`
 */
export function channelSums(values: Tensor, channels: number): Tensor {
  return sumOf(values, values, false, channels);
}

/**
 * @param sums - `[channels padded to quads]`
 * @returns sums of (value - mean)^2, `[channels padded to quads]`
 */
export function squaredDeviations(values: Tensor, sums: Tensor): Tensor {
  return sumOf(values, sums, true, sums.size);
}

/** How many threads share the rows: enough for a large GPU, each with something to do. */
export function chunksOf(rows: number, quads: number): number {
  return Math.max(1, Math.min(Math.ceil(rows / 32), Math.floor(32_768 / quads)));
}

function sumOf(values: Tensor, sums: Tensor, squares: boolean, wanted: number): Tensor {
  const [rows = 1, channels = 4] = values.shape;
  const quads = channels / 4;
  const chunks = chunksOf(rows, quads);
  const partials = uninitialised([chunks, channels]);
  const sizes = { items: chunks * quads, rows, quads, chunks, squares: squares ? 1 : 0 };
  dispatch(KERNEL, [values, sums, partials], sizes);
  return sumPartials(partials, [{ shape: [wanted], outputs: [wanted, channels] }])[0] as Tensor;
}

const KERNEL: Kernel<(typeof SIZES)[number]> = {
  key: 'channel-sums',
  bindings: [vectors('source'), vectors('sums'), vectors('partials', 'read_write')],
  sizes: SIZES,
  code: () => `
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let squares = size.squares == 1u;
  let mean = select(vec4<f32>(), sums[quad] / f32(size.rows), squares);
  var sum = vec4<f32>();
  for (var row = item / size.quads; row < size.rows; row += size.chunks) {
    let value = source[row * size.quads + quad] - mean;
    sum += select(value, value * value, squares);
  }
  partials[item] = sum;
}`,
};
