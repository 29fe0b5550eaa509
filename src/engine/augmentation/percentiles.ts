/**
 * Percentiles of each sample, exactly and without reading anything back: the numbers of a rank are
 * found eight bits at a time, by counting those that share the bits found so far (radix selection).
 * Between two numbers lies what is on the straight line, as in NumPy.
 */
import * as tf from '@tensorflow/tfjs';
import { uninitialised } from '../device/tfjs-backend.ts';
import { dispatch } from '../kernels/dispatch.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { numbers } from '../kernels/storage.ts';
import { sizeOf, type Shape } from './wgsl.ts';

const BUCKETS = 256;

/**
 * @param percentiles - from 0 to 100
 * @returns `[batch, percentiles]`
 */
export function percentilesOf(
  source: tf.Tensor,
  shape: Shape,
  percentiles: readonly number[],
): tf.Tensor {
  const [batch] = shape;
  const count = sizeOf(shape);
  const places = percentiles.map((one) => (one / 100) * (count - 1));
  const ranks = places.flatMap((at) => [Math.floor(at), Math.min(count - 1, Math.floor(at) + 1)]);
  // Bits found so far and the rank among the numbers that share them.
  const state = tf.tensor1d(
    Array.from({ length: batch }, () => ranks.flatMap((rank) => [0, rank])).flat(),
    'int32',
  );
  const wanted = ranks.length;
  for (let shift = 24; shift >= 0; shift -= 8) {
    const counts = tf.tensor1d(new Int32Array(batch * wanted * BUCKETS), 'int32');
    dispatch(COUNT, [source, state, counts], { items: count, wanted, shift }, batch);
    dispatch(CHOOSE, [counts, state], { items: batch * wanted, shift });
    counts.dispose();
  }
  const result = uninitialised([batch, percentiles.length]);
  const shares = tf.tensor1d(places.map((at) => at - Math.floor(at)));
  const items = percentiles.length;
  dispatch(MIX, [state, shares, result], { items }, batch);
  return result;
}

/** Bits of floats as integers of the same order. */
const ORDERED = `
fn ordered(value: f32) -> u32 {
  let bits = bitcast<u32>(value + 0.0);
  return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}`;

const COUNT: Kernel<'items' | 'wanted' | 'shift'> = {
  key: 'augmentation-percentiles-count',
  bindings: [
    numbers('source'),
    { name: 'state', type: 'array<u32>', access: 'read' },
    { name: 'counts', type: 'array<atomic<u32>>', access: 'read_write' },
  ],
  sizes: ['items', 'wanted', 'shift'],
  code: () => `
${ORDERED}
fn work(item: u32, layer: u32) {
  let bits = ordered(source[layer * size.items + item]);
  for (var i = 0u; i < size.wanted; i++) {
    let row = layer * size.wanted + i;
    // Two shifts: one by 32 bits is none.
    if ((((bits ^ state[2u * row]) >> size.shift) >> 8u) == 0u) {
      atomicAdd(&counts[row * ${BUCKETS}u + ((bits >> size.shift) & 255u)], 1u);
    }
  }
}`,
};

const CHOOSE: Kernel<'items' | 'shift'> = {
  key: 'augmentation-percentiles-choose',
  bindings: [
    { name: 'counts', type: 'array<u32>', access: 'read' },
    { name: 'state', type: 'array<u32>', access: 'read_write' },
  ],
  sizes: ['items', 'shift'],
  code: () => `
fn work(item: u32, layer: u32) {
  var left = state[2u * item + 1u];
  var bucket = 0u;
  for (; bucket < 255u; bucket++) {
    let here = counts[item * ${BUCKETS}u + bucket];
    if (left < here) { break; }
    left -= here;
  }
  state[2u * item] = state[2u * item] | (bucket << size.shift);
  state[2u * item + 1u] = left;
}`,
};

const MIX: Kernel<'items'> = {
  key: 'augmentation-percentiles-mix',
  bindings: [
    { name: 'state', type: 'array<u32>', access: 'read' },
    numbers('shares'),
    numbers('result', 'read_write'),
  ],
  sizes: ['items'],
  code: () => `
fn number(ordered: u32) -> f32 {
  return bitcast<f32>(select(~ordered, ordered & 0x7fffffffu, (ordered >> 31u) == 1u));
}
fn work(item: u32, layer: u32) {
  let at = 4u * (layer * size.items + item);
  let low = number(state[at]);
  result[layer * size.items + item] = low + shares[item] * (number(state[at + 2u]) - low);
}`,
};
