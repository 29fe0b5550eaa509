/**
 * The largest number of a spectrum, by its real part (as NumPy orders complex numbers), of each sample
 * and channel. It is looked for among the seven lowest frequencies of each axis: the sum of the
 * image, where no intensity is negative (proven), and otherwise wherever an image changes slowly, as
 * brains do. Three sums, one axis after the other, over four frequencies of the last axis: those
 * below zero are conjugates.
 */
import * as tf from '@tensorflow/tfjs';
import { uninitialised } from '../device/tfjs-backend.ts';
import { dispatch } from '../kernels/dispatch.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { numbers, vectors } from '../kernels/storage.ts';
import type { Shape } from './wgsl.ts';

/** Highest frequency, in waves along an axis. */
const HIGHEST = 3;

/** @returns `[batch, channels, 2]`: real and imaginary part */
export function largestOfSpectrum(source: tf.Tensor, shape: Shape): tf.Tensor {
  const [batch, X, Y, Z, channels] = shape;
  const frequencies = (length: number) => Math.min(HIGHEST, Math.floor((length - 1) / 2));
  const high = [frequencies(X), frequencies(Y), frequencies(Z)] as const;
  const counts = [2 * high[0] + 1, 2 * high[1] + 1, high[2] + 1] as const;
  // Inner numbers first: channels, then what was summed already.
  let sums = sumLines(source, shape, counts[2]);
  const inZ = channels * counts[2];
  sums = sumAxis(sums, { batch, length: Y, inner: inZ, from: -high[1], count: counts[1] }, X);
  const inY = inZ * counts[1];
  sums = sumAxis(sums, { batch, length: X, inner: inY, from: -high[0], count: counts[0] }, 1);
  const result = uninitialised([batch, channels, 2]);
  const values = counts[0] * counts[1] * counts[2];
  dispatch(LARGEST, [sums, result], { items: channels, channels, values }, batch);
  return result;
}

/** @returns `[batch, X * Y, count, channels, 2]`: frequencies from 0 of the last axis */
function sumLines(source: tf.Tensor, [batch, X, Y, Z, channels]: Shape, count: number): tf.Tensor {
  const target = uninitialised([batch, X * Y, count, channels, 2]);
  // Cosines and sines of the four frequencies, voxel after voxel.
  const table = Array.from({ length: Z }, (_, n) =>
    [0, 1, 2, 3].flatMap((k) => {
      const angle = (2 * Math.PI * ((k * n) % Z)) / Z;
      return [Math.cos(angle), -Math.sin(angle)];
    }),
  );
  const sizes = { items: X * Y * channels, length: Z, inner: channels, count };
  dispatch(LINES, [source, tf.tensor1d(table.flat()), target], sizes, batch);
  return target;
}

const LINES: Kernel<'items' | 'length' | 'inner' | 'count'> = {
  key: 'augmentation-spectrum-lines',
  bindings: [numbers('source'), vectors('table'), numbers('target_', 'read_write')],
  sizes: ['items', 'length', 'inner', 'count'],
  repeatable: true,
  code: () => `
fn work(item: u32, layer: u32) {
  let c = item % size.inner;
  let line = layer * (size.items / size.inner) + item / size.inner;
  let first = line * size.length * size.inner + c;
  var low = vec4<f32>(0.0);
  var high = vec4<f32>(0.0);
  for (var n = 0u; n < size.length; n++) {
    let value = source[first + n * size.inner];
    low += value * table[2u * n];
    high += value * table[2u * n + 1u];
  }
  for (var k = 0u; k < size.count; k++) {
    let to = 2u * ((line * size.count + k) * size.inner + c);
    let both = select(low, high, k > 1u);
    let pair = select(both.xy, both.zw, (k & 1u) == 1u);
    target_[to] = pair.x;
    target_[to + 1u] = pair.y;
  }
}`,
};

interface Line {
  readonly batch: number;
  readonly length: number;
  /** Numbers that lie beside each other at every place of the axis. */
  readonly inner: number;
  /** Lowest frequency, and how many. */
  readonly from: number;
  readonly count: number;
}

/** @returns `[batch, outer, count, inner, 2]` */
function sumAxis(
  source: tf.Tensor,
  { batch, length, inner, from, count }: Line,
  outer: number,
): tf.Tensor {
  const turns = Array.from({ length: 2 * length }, (_, i) => {
    const angle = (2 * Math.PI * (i >> 1)) / length;
    return i % 2 === 0 ? Math.cos(angle) : -Math.sin(angle);
  });
  const table = tf.tensor1d(turns);
  const target = uninitialised([batch, outer, count, inner, 2]);
  const items = outer * count * inner;
  const sizes = { items, length, inner, count, outer, offset: (from + length) % length };
  dispatch(SUM, [source, table, target], sizes, batch);
  return target;
}

const SIZES = ['items', 'length', 'inner', 'count', 'outer', 'offset'] as const;

const SUM: Kernel<(typeof SIZES)[number]> = {
  key: 'augmentation-spectrum-sum',
  bindings: [numbers('source'), numbers('table'), numbers('target_', 'read_write')],
  sizes: SIZES,
  repeatable: true,
  code: () => `
fn work(item: u32, layer: u32) {
  let i = item % size.inner;
  let frequency = (size.offset + (item / size.inner) % size.count) % size.length;
  let o = item / (size.inner * size.count);
  let first = (layer * size.outer + o) * size.length * size.inner + i;
  var sum = vec2<f32>(0.0);
  var turn = 0u;
  for (var n = 0u; n < size.length; n++) {
    let at = first + n * size.inner;
    let w = vec2<f32>(table[2u * turn], table[2u * turn + 1u]);
    let v = vec2<f32>(source[2u * at], source[2u * at + 1u]);
    sum += vec2<f32>(v.x * w.x - v.y * w.y, v.x * w.y + v.y * w.x);
    turn = (turn + frequency) % size.length;
  }
  let to = 2u * (layer * size.items + item);
  target_[to] = sum.x;
  target_[to + 1u] = sum.y;
}`,
};

const LARGEST: Kernel<'items' | 'channels' | 'values'> = {
  key: 'augmentation-spectrum-largest',
  bindings: [numbers('sums'), numbers('largest', 'read_write')],
  sizes: ['items', 'channels', 'values'],
  repeatable: true,
  code: () => `
fn work(item: u32, layer: u32) {
  var best = vec2<f32>(-3.402823e38, 0.0);
  for (var i = 0u; i < size.values; i++) {
    let at = 2u * ((layer * size.values + i) * size.channels + item);
    let value = vec2<f32>(sums[at], abs(sums[at + 1u]));
    best = select(best, value, value.x > best.x);
  }
  let to = 2u * (layer * size.channels + item);
  largest[to] = best.x;
  largest[to + 1u] = best.y;
}`,
};
