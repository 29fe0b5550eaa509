/**
 * Sums over the rows of `[rows, channels]`, and sums of squared distances from the mean: the two
 * passes of a variance. (Mean of squares less square of the mean loses all digits where the mean is
 * large against the spread, as after a convolution of a normalised brain.)
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { workspace } from '../device/tfjs-backend.ts';
import { dispatch } from './dispatch.ts';
import type { Kernel } from './kernel.ts';
import { elementOf } from './half-tensors.ts';
import { rows, vectors, type Element } from './storage.ts';
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

/** Of each channel, `[channels padded to quads]`. */
export interface Moments {
  readonly sums: Tensor;
  /** Sums of (value - mean)^2. */
  readonly squares: Tensor;
  readonly rows: number;
}

/** @param values - `[rows, channels padded to quads]` */
export function momentsOf(values: Tensor): Moments {
  const [rows = 1, channels = 4] = values.shape;
  const sums = channelSums(values, channels);
  return { sums, squares: squaredDeviations(values, sums), rows };
}

/**
 * Moments of all parts from those of each: the squares within them, and those of their means (Chan,
 * Golub and LeVeque 1983).
 * @param parts - freed
 */
export function mergeMoments(parts: readonly Moments[]): Moments {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const rows = parts.reduce((all, part) => all + part.rows, 0);
  const add = (tensors: Tensor[]) => tensors.reduce((all, tensor) => tf.add(all, tensor));
  const merged = tf.tidy(() => {
    const sums = add(parts.map((part) => part.sums));
    const mean = tf.div(sums, tf.scalar(rows));
    const between = parts.map((part) => {
      const distance = tf.sub(tf.div(part.sums, tf.scalar(part.rows)), mean);
      return tf.mul(tf.square(distance), tf.scalar(part.rows));
    });
    return { sums, squares: add([...parts.map((part) => part.squares), ...between]) };
  });
  tf.dispose(parts.flatMap((part) => [part.sums, part.squares]));
  return { ...merged, rows };
}

/** How many threads share the rows: enough for a large GPU, each with something to do. */
export function chunksOf(rows: number, quads: number): number {
  return Math.max(1, Math.min(Math.ceil(rows / 32), Math.floor(32_768 / quads)));
}

function sumOf(values: Tensor, sums: Tensor, squares: boolean, wanted: number): Tensor {
  const [count = 1, channels = 4] = values.shape;
  const quads = channels / 4;
  const chunks = chunksOf(count, quads);
  const partials = workspace([chunks, channels]);
  const sizes = { items: chunks * quads, rows: count, quads, chunks, squares: squares ? 1 : 0 };
  dispatch(kernel(elementOf(values)), [values, sums, partials], sizes);
  return sumPartials(partials, [{ shape: [wanted], outputs: [wanted, channels] }])[0] as Tensor;
}

function kernel(element: Element): Kernel<(typeof SIZES)[number]> {
  const source = rows('source', 'quads', '', 'size.quads', 'read', element);
  return {
    key: `channel-sums-${element}`,
    bindings: [source.binding, vectors('sums'), vectors('partials', 'read_write')],
    sizes: SIZES,
    flops: ({ rows: count, quads, squares }) => count * quads * 4 * (squares === 1 ? 3 : 1),
    code: () => `${source.code}
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let squares = size.squares == 1u;
  let mean = select(vec4<f32>(), sums[quad] / f32(size.rows), squares);
  var sum = vec4<f32>();
  for (var row = item / size.quads; row < size.rows; row += size.chunks) {
    let value = source_load(row, quad) - mean;
    sum += select(value, value * value, squares);
  }
  partials[item] = sum;
}`,
  };
}
