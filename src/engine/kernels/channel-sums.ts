/**
 * Sums over the rows of `[rows, channels]`, and sums of squared distances from the mean: the two
 * passes of a variance. (Mean of squares less square of the mean loses all digits where the mean is
 * large against the spread, as after a convolution of a normalised brain.) Rows may be those of
 * several volumes, each summed alone. A thread takes every n-th row of a quad of channels, so that
 * neighbours read neighbours; partial sums are added in a fixed order. Bound by bytes: 7 GB/s on
 * lavapipe with two cores.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { workspace } from '../device/tfjs-backend.ts';
import { dispatch } from './dispatch.ts';
import type { Kernel } from './kernel.ts';
import { elementOf } from './half-tensors.ts';
import { layoutOf, quadsOf, rows, vectors, type Element, type Layout } from './storage.ts';
import { sumPartials } from './sum-partials.ts';

const SIZES = ['items', 'rows', 'volumes', 'channels', 'quads', 'chunks', 'divisor'] as const;

/**
 * @param values - `[...rows, channels]`, where channels may be padded to quads
 * @param channels - how many are returned
 * @param volumes - how many times the rows are divided; each part is summed alone
 * @returns sums, `[volumes * channels]`
 */
export function channelSums(values: Tensor, channels: number, volumes = 1): Tensor {
  return sumOf(values, undefined, 1, channels, volumes);
}

/**
 * @param sums - `[volumes * channels]`
 * @param divisor - of the sums, which makes them means; the rows of a volume when absent
 * @returns sums of (value - mean)^2, `[volumes * channels]`
 */
export function squaredDeviations(
  values: Tensor,
  sums: Tensor,
  volumes = 1,
  divisor = values.size / (values.shape.at(-1) ?? 1) / volumes,
): Tensor {
  return sumOf(values, sums, divisor, sums.size / volumes, volumes);
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

function sumOf(
  values: Tensor,
  sums: Tensor | undefined,
  divisor: number,
  wanted: number,
  volumes: number,
): Tensor {
  const channels = values.shape.at(-1) ?? 1;
  const count = values.size / channels / volumes;
  const quads = quadsOf(channels);
  const chunks = chunksOf(count, quads * volumes);
  const partials = workspace([chunks, 4 * quads * volumes]);
  const sizes = { items: chunks * quads * volumes, rows: count, volumes, channels, quads, chunks };
  const chosen = kernel(layoutOf(channels), elementOf(values), sums !== undefined);
  const tensors = sums === undefined ? [values, partials] : [values, sums, partials];
  dispatch(chosen, tensors, { ...sizes, divisor });
  const cut = { shape: [volumes * wanted], outputs: [wanted, 4 * quads] as const };
  return sumPartials(partials, [cut])[0] as Tensor;
}

function kernel(
  layout: Layout,
  element: Element,
  squares: boolean,
): Kernel<(typeof SIZES)[number]> {
  const [channels, quads] = ['size.channels', 'size.quads'];
  const source = rows('source', layout, channels, quads, 'read', element);
  const sums = rows('sums', layout, channels, quads);
  const value = 'source_load(volume * size.rows + row, quad)';
  return {
    key: `channel-${squares ? 'squares' : 'sums'}-${layout}-${element}`,
    bindings: [
      source.binding,
      ...(squares ? [sums.binding] : []),
      vectors('partials', 'read_write'),
    ],
    sizes: SIZES,
    flops: ({ rows: count, volumes, quads: many }) =>
      count * volumes * many * 4 * (squares ? 3 : 1),
    code: () => `${source.code}${squares ? sums.code : ''}
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let volume = item / size.quads % size.volumes;
  ${squares ? 'let mean = sums_load(volume, quad) / f32(size.divisor);' : ''}
  var sum = vec4<f32>();
  for (var row = item / (size.quads * size.volumes); row < size.rows; row += size.chunks) {
    ${squares ? `let distance = ${value} - mean; sum += distance * distance;` : `sum += ${value};`}
  }
  partials[item] = sum;
}`,
  };
}
