/**
 * Adds one tensor to another in place, in ranges that can be bound: gradients of several batches need
 * no third buffer. Bound by bytes, three passes over the parameters.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { currentDevice } from '../device/tfjs-backend.ts';
import { dispatch } from './dispatch.ts';
import type { Kernel } from './kernel.ts';
import { slicesOf } from './ranges.ts';
import { numbers } from './storage.ts';

/** @param sum - changed; of as many numbers as `term` */
export function accumulate(
  sum: Tensor,
  term: Tensor,
  maxBinding = currentDevice().limits.maxStorageBufferBindingSize,
): void {
  for (const slice of slicesOf(sum, maxBinding)) {
    dispatch(KERNEL, [{ ...slice, tensor: term }, slice], { items: slice.count });
  }
}

const KERNEL: Kernel<'items'> = {
  key: 'accumulate',
  bindings: [numbers('term'), numbers('sum', 'read_write')],
  sizes: ['items'],
  flops: ({ items }) => items,
  code: () => `
fn work(item: u32, layer: u32) {
  sum[item] += term[item];
}`,
};
