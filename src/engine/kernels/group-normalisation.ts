/**
 * Batch, instance and group normalisation on their own, as PyTorch computes them: over batch and
 * space for each channel (Ioffe and Szegedy 2015), over space for each volume and channel (Ulyanov
 * et al. 2016), over space and the channels of a group for each volume (Wu and He 2018). All three
 * are one: each volume and channel has a mean and a variance, which it shares with others.
 *
 * What is as large as the volumes is done by kernels here and in channel-sums.ts; what has a number
 * for each volume and channel, by stock operations on vectors and matrices. Variances are taken in
 * two passes. Forward goes over the input three times (sum, squares, result), backward twice over
 * input and gradient; all of it is bound by bytes: 0.4 to 2 GB/s a pass on lavapipe with two busy cores.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { differentiable, workspace } from '../device/tfjs-backend.ts';
import { channelSums, chunksOf, squaredDeviations } from './channel-sums.ts';
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

const EPSILON = 1e-5;

/** Which numbers share a mean and a variance. */
export type NormalisedOver =
  | { readonly kind: 'batch' }
  | { readonly kind: 'instance' }
  | { readonly kind: 'group'; readonly groups: number };

/** Of each channel, `[channels]`; used in place of the batch's own, as in evaluation. */
export interface GivenStatistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

export interface NormalisedResult {
  /** Shape and storage of the input. */
  readonly output: Tensor;
  /** `[volumes * channels]`, one volume where the statistics are those of a batch; not differentiable. */
  readonly mean: Tensor;
  /** Biased, as `mean`. */
  readonly variance: Tensor;
}

/**
 * @param input - `[batch, ...spatial, channels]`, f32 or halves
 * @param gamma - `[channels]`; absent without affine parameters
 * @param beta - `[channels]`, with gamma
 * @param given - statistics that do not depend on the input
 */
export function groupNormalisation(
  input: Tensor,
  gamma: Tensor | undefined,
  beta: Tensor | undefined,
  over: NormalisedOver,
  given?: GivenStatistics,
): NormalisedResult {
  const [batch = 1] = input.shape;
  const channels = input.shape.at(-1) ?? 1;
  const extent: Extent = {
    channels,
    volumes: over.kind === 'batch' ? 1 : batch,
    groups: over.kind === 'group' ? over.groups : channels,
  };
  const affine = gamma !== undefined && beta !== undefined;
  const slopes = gamma ?? tf.ones([channels]);
  const forward = (save: (tensors: Tensor[]) => void) => {
    const { mean, variance } = given ?? statisticsOf(input, extent);
    const { coefficients, inverse } = tf.tidy(() => {
      const perChannel = (vector: Tensor) =>
        tf.tile(tf.reshape(vector, [1, -1]), [extent.volumes, 1]);
      const one = tf.rsqrt(
        tf.add(tf.reshape(variance, [extent.volumes, channels]), tf.scalar(EPSILON)),
      );
      const centre = tf.reshape(mean, [extent.volumes, channels]);
      const scale = tf.mul(one, perChannel(slopes));
      const shift = perChannel(beta ?? tf.zeros([channels]));
      return { coefficients: tf.concat([centre, scale, shift], 0), inverse: one };
    });
    const output = apply(input, undefined, coefficients, extent.volumes);
    save([input, coefficients, inverse, slopes]);
    return [output, mean, variance];
  };
  const backward = (received: Tensor, saved: Tensor[]) => {
    const [source, coefficients, inverse, scales] = saved as [Tensor, Tensor, Tensor, Tensor];
    const sums = gradientSums(received, source, coefficients, inverse, extent);
    const total = (row: number) =>
      tf.tidy(() => tf.sum(tf.slice(sums, [row, 0, 0], [1, -1, -1]), [0, 1]));
    return {
      input: () => {
        const isFixed = given !== undefined;
        const back = backwardCoefficients(
          sums,
          coefficients,
          inverse,
          scales,
          source,
          extent,
          isFixed,
        );
        return apply(source, received, back, extent.volumes);
      },
      ...(affine ? { beta: () => total(0), gamma: () => total(1) } : {}),
    };
  };
  const inputs = affine ? { input, gamma, beta } : { input };
  const all = differentiable<Record<string, Tensor>>(inputs, forward, backward);
  const [output, mean, variance] = all as [Tensor, Tensor, Tensor];
  return { output, mean, variance };
}

interface Extent {
  readonly channels: number;
  /** That have statistics of their own. */
  readonly volumes: number;
  /** Of channels that share them. */
  readonly groups: number;
}

/** Mean and biased variance of each volume and channel, `[volumes * channels]`. */
function statisticsOf(input: Tensor, extent: Extent): GivenStatistics {
  const { channels, volumes, groups } = extent;
  const count = (input.size / volumes / channels) * (channels / groups);
  const sums = channelSums(input, channels, volumes);
  const shared = sharedSums(sums, extent);
  const squares = squaredDeviations(input, shared, volumes, count);
  const result = tf.tidy(() => ({
    mean: tf.div(shared, tf.scalar(count)),
    variance: tf.div(sharedSums(squares, extent), tf.scalar(count)),
  }));
  tf.dispose([sums, shared, squares]);
  return result;
}

/** For each channel the sum over its group: `[volumes * channels]` from the same. */
function sharedSums(sums: Tensor, { channels, volumes, groups }: Extent): Tensor {
  return tf.tidy(() => {
    const grouped = tf.reshape(sums, [volumes * groups, channels / groups]);
    const total = tf.sum(grouped, 1, true);
    return tf.reshape(tf.tile(total, [1, channels / groups]), [volumes * channels]);
  });
}

/**
 * The gradient of the input is `g * p + (x - centre) * q + r` for each volume and channel: gamma and
 * the deviation pass it on, less its mean and its slope along the normalised values, both taken over
 * what shares the statistics. Nothing divides by gamma.
 */
function backwardCoefficients(
  sums: Tensor,
  coefficients: Tensor,
  inverse: Tensor,
  gamma: Tensor,
  input: Tensor,
  extent: Extent,
  isFixed: boolean,
): Tensor {
  const { volumes, channels, groups } = extent;
  const count = (input.size / volumes / channels) * (channels / groups);
  return tf.tidy(() => {
    const slopes = tf.tile(tf.reshape(gamma, [1, channels]), [volumes, 1]);
    const centre = tf.slice(coefficients, [0, 0], [volumes, channels]);
    const p = tf.mul(slopes, inverse);
    const shared = (row: number) => {
      const own = tf.reshape(tf.slice(sums, [row, 0, 0], [1, -1, -1]), [volumes, channels]);
      const all = sharedSums(tf.mul(own, slopes), extent);
      return tf.div(tf.reshape(all, [volumes, channels]), tf.scalar(-count));
    };
    const none = tf.zeros([volumes, channels]);
    const q = isFixed ? none : tf.mul(shared(1), tf.square(inverse));
    const r = isFixed ? none : tf.mul(shared(0), inverse);
    return tf.concat([centre, p, q, r], 0);
  });
}

const SIZES = ['items', 'rows', 'volumes', 'channels', 'quads', 'chunks'] as const;

/**
 * Forward `(x - centre) * scale + shift`, or backward `g * p + (x - centre) * q + r`.
 * @param coefficients - `[3 * volumes, channels]` or `[4 * volumes, channels]`
 */
function apply(
  input: Tensor,
  gradient: Tensor | undefined,
  coefficients: Tensor,
  volumes: number,
): Tensor {
  const channels = input.shape.at(-1) ?? 1;
  const output = uninitialisedAs(elementOf(input), input.shape);
  const quads = quadsOf(channels);
  const all = input.size / channels;
  const sizes = { items: all * quads, rows: all / volumes, volumes, channels, quads, chunks: 1 };
  const isWatched = gradient !== undefined && elementOf(output) !== 'f32';
  const tensors = [
    ...[input, coefficients, output],
    ...(gradient === undefined ? [] : [gradient]),
    ...(isWatched ? [overflowFlag()] : []),
  ];
  const layout = layoutOf(channels);
  const received = gradient === undefined ? undefined : elementOf(gradient);
  dispatch(applyKernel(layout, elementOf(input), received), tensors, sizes);
  if (gradient !== undefined) coefficients.dispose();
  return output;
}

function applyKernel(
  layout: Layout,
  element: Element,
  received: Element | undefined,
): Kernel<(typeof SIZES)[number]> {
  const [channels, quads] = ['size.channels', 'size.quads'];
  const isWatched = received !== undefined && element !== 'f32';
  const source = rows('source', layout, channels, quads, 'read', element);
  const factors = rows('factors', layout, channels, quads);
  const result = rows('result', layout, channels, quads, 'read_write', element, isWatched);
  const gradient = rows('gradient', layout, channels, quads, 'read', received ?? 'f32');
  const isBackward = received !== undefined;
  const factor = (index: number) => `factors_load(${index}u * size.volumes + volume, quad)`;
  return {
    key: `normalise-${layout}-${element}-${received ?? 'forward'}`,
    bindings: [
      ...[source.binding, factors.binding, result.binding],
      ...(isBackward ? [gradient.binding] : []),
      ...(isWatched ? [OVERFLOW] : []),
    ],
    sizes: SIZES,
    flops: ({ items }) => items * 4 * (isBackward ? 5 : 3),
    code: () => `${source.code}${factors.code}${result.code}${isBackward ? gradient.code : ''}
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let row = item / size.quads;
  let volume = row / size.rows;
  let distance = source_load(row, quad) - ${factor(0)};
  result_store(row, quad, ${
    isBackward
      ? `gradient_load(row, quad) * ${factor(1)} + distance * ${factor(2)} + ${factor(3)}`
      : `distance * ${factor(1)} + ${factor(2)}`
  });
}`,
  };
}

/** @returns `[2, volumes, channels]`: sums of the gradient, and of the gradient times the normalised input. */
function gradientSums(
  gradient: Tensor,
  input: Tensor,
  coefficients: Tensor,
  inverse: Tensor,
  { channels, volumes }: Extent,
): Tensor {
  const quads = quadsOf(channels);
  const count = input.size / channels / volumes;
  const chunks = chunksOf(count, quads * volumes);
  const width = 4 * quads * volumes;
  const partials = workspace([chunks, 2 * width]);
  const kernel = sumsKernel(layoutOf(channels), elementOf(input), elementOf(gradient));
  dispatch(kernel, [input, gradient, coefficients, inverse, partials], {
    ...{ items: chunks * volumes * quads, rows: count, volumes, channels, quads, chunks },
  });
  const cut = { shape: [2, volumes, channels], outputs: [channels, 4 * quads] as const };
  return sumPartials(partials, [cut])[0] as Tensor;
}

function sumsKernel(
  layout: Layout,
  element: Element,
  received: Element,
): Kernel<(typeof SIZES)[number]> {
  const [channels, quads] = ['size.channels', 'size.quads'];
  const source = rows('source', layout, channels, quads, 'read', element);
  const gradient = rows('gradient', layout, channels, quads, 'read', received);
  const factors = rows('factors', layout, channels, quads);
  const inverses = rows('inverses', layout, channels, quads);
  return {
    key: `normalise-sums-${layout}-${element}-${received}`,
    bindings: [
      ...[source, gradient, factors, inverses].map(({ binding }) => binding),
      vectors('partials', 'read_write'),
    ],
    sizes: SIZES,
    flops: ({ rows: count, volumes, quads: many }) => count * volumes * many * 4 * 4,
    code: () => `${source.code}${gradient.code}${factors.code}${inverses.code}
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let volume = item / size.quads % size.volumes;
  let chunk = item / (size.quads * size.volumes);
  let centre = factors_load(volume, quad);
  let inverse = inverses_load(volume, quad);
  var sum = vec4<f32>();
  var product = vec4<f32>();
  for (var row = chunk; row < size.rows; row += size.chunks) {
    let at = volume * size.rows + row;
    let value = gradient_load(at, quad);
    sum += value;
    product += value * (source_load(at, quad) - centre) * inverse;
  }
  let place = chunk * 2u * size.volumes * size.quads + volume * size.quads + quad;
  partials[place] = sum;
  partials[place + size.volumes * size.quads] = product;
}`,
  };
}
