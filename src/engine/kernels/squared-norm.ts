/**
 * Sum of the squares of many tensors, in one number: whether a step's gradients are finite, read with
 * the loss. A thread sums every 2048th number of one tensor; all their sums stand in one buffer and
 * are added in a fixed order. Stock operations take a temporary tensor and several passes for each:
 * 40 ms a step of Conv5_FC3 at 64^3 on lavapipe, this 5.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { currentDevice, workspace } from '../device/tfjs-backend.ts';
import { dispatch } from './dispatch.ts';
import type { Kernel } from './kernel.ts';
import { slicesOf } from './ranges.ts';
import { numbers } from './storage.ts';
import { sumPartials } from './sum-partials.ts';

const THREADS = 2048;
const SIZES = ['items', 'count', 'first'] as const;

/** @returns a scalar; NaN or infinite where any number is */
export function squaredNorm(
  tensors: readonly Tensor[],
  maxBinding = currentDevice().limits.maxStorageBufferBindingSize,
): Tensor {
  const pieces = tensors.flatMap((tensor) => slicesOf(tensor, maxBinding));
  const threads = pieces.map(({ count }) => Math.min(count, THREADS));
  const all = threads.reduce((sum, count) => sum + count, 0);
  const partials = workspace([all, 1]);
  let first = 0;
  for (const [index, piece] of pieces.entries()) {
    const items = threads[index] ?? 0;
    dispatch(KERNEL, [piece, partials], { items, count: piece.count, first });
    first += items;
  }
  return sumPartials(partials, [{ shape: [], outputs: [1, 1] }])[0] as Tensor;
}

/**
 * @param norm - a scalar
 * @param flag - int32 `[1]`; becomes 1 where the norm is infinite or NaN, else stays
 */
export function raiseUnlessFinite(norm: Tensor, flag: Tensor): void {
  dispatch(RAISE, [norm, flag], { items: 1 });
}

/** By its bits: shaders may assume that there is no NaN. */
const RAISE: Kernel<'items'> = {
  key: 'raise-unless-finite',
  bindings: [
    { name: 'norm', type: 'array<u32>', access: 'read' },
    { name: 'flag', type: 'array<i32>', access: 'read_write' },
  ],
  sizes: ['items'],
  code: () => `
fn work(item: u32, layer: u32) {
  if ((norm[0] & 0x7f800000u) == 0x7f800000u) { flag[0] = 1; }
}`,
};

const KERNEL: Kernel<(typeof SIZES)[number]> = {
  key: 'squared-norm',
  bindings: [numbers('source'), numbers('partials', 'read_write')],
  sizes: SIZES,
  flops: ({ count }) => 2 * count,
  code: () => `
fn work(item: u32, layer: u32) {
  var sum = 0.0;
  for (var i = item; i < size.count; i += size.items) {
    sum += source[i] * source[i];
  }
  partials[size.first + item] = sum;
}`,
};
