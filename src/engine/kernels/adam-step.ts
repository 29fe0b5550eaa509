/**
 * One step of Adam for one parameter in one pass, in place. The formula is that of
 * src/engine/optimizers/adam.ts, which takes a dozen operations and as many temporary tensors.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { dispatch } from './dispatch.ts';
import type { Kernel } from './kernel.ts';
import { numbers } from './storage.ts';

/**
 * @param factors - `[8]`: learning rate with its bias correction, correction of the root, weight
 *   decay, epsilon, beta 1, 1 - beta 1, beta 2, 1 - beta 2 (the differences have no digits to lose)
 */
export function adamStep(
  parameter: Tensor,
  gradient: Tensor,
  moments: { readonly first: Tensor; readonly second: Tensor },
  factors: Tensor,
): void {
  const tensors = [gradient, factors, parameter, moments.first, moments.second];
  dispatch(KERNEL, tensors, { items: parameter.size });
}

const KERNEL: Kernel<'items'> = {
  key: 'adam-step',
  bindings: [
    ...['gradient', 'factors'].map((name) => numbers(name)),
    ...['parameter', 'first', 'second'].map((name) => numbers(name, 'read_write')),
  ],
  sizes: ['items'],
  code: () => `
fn work(item: u32, layer: u32) {
  let value = parameter[item];
  let decayed = gradient[item] + value * factors[2];
  let mean = first[item] * factors[4] + decayed * factors[5];
  let square = second[item] * factors[6] + decayed * decayed * factors[7];
  first[item] = mean;
  second[item] = square;
  parameter[item] = value - mean / (sqrt(square) * factors[1] + factors[3]) * factors[0];
}`,
};
