/**
 * One step of Adam for one parameter in one pass, in place. The formula is that of
 * src/engine/optimizers/adam.ts, which takes a dozen operations and as many temporary tensors.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { currentDevice } from '../device/tfjs-backend.ts';
import { dispatch } from './dispatch.ts';
import type { Kernel } from './kernel.ts';
import { slicesOf } from './ranges.ts';
import { numbers } from './storage.ts';

/** Bytes of a parameter in one dispatch: more would keep a slow device busy for too long. */
const LONGEST = 2 ** 26;

/**
 * @param factors - `[9]`: learning rate with its bias correction, correction of the root, weight
 *   decay, epsilon, beta 1, 1 - beta 1, beta 2, 1 - beta 2 (the differences have no digits to lose),
 *   what the gradient is multiplied by: one over the number of batches it sums and the loss's scale
 */
export function adamStep(
  parameter: Tensor,
  gradient: Tensor,
  moments: { readonly first: Tensor; readonly second: Tensor },
  factors: Tensor,
  maxBinding = Math.min(LONGEST, currentDevice().limits.maxStorageBufferBindingSize),
): void {
  for (const slice of slicesOf(parameter, maxBinding)) {
    const part = (tensor: Tensor) => ({ ...slice, tensor });
    const changed = [parameter, moments.first, moments.second].map(part);
    dispatch(KERNEL, [part(gradient), factors, ...changed], { items: slice.count });
  }
}

const KERNEL: Kernel<'items'> = {
  key: 'adam-step',
  bindings: [
    ...['gradient', 'factors'].map((name) => numbers(name)),
    ...['parameter', 'first', 'second'].map((name) => numbers(name, 'read_write')),
  ],
  sizes: ['items'],
  flops: ({ items }) => 14 * items,
  code: () => `
fn work(item: u32, layer: u32) {
  let value = parameter[item];
  let decayed = gradient[item] * factors[8] + value * factors[2];
  let mean = first[item] * factors[4] + decayed * factors[5];
  let square = second[item] * factors[6] + decayed * decayed * factors[7];
  first[item] = mean;
  second[item] = square;
  parameter[item] = value - mean / (sqrt(square) * factors[1] + factors[3]) * factors[0];
}`,
};
