/**
 * One step of an optimizer for one parameter in one pass, in place: each number is read and written
 * once, where the same formula in stock operations takes a dozen passes and as many temporary tensors.
 * What tells the optimizers apart is data, an `UpdateRule`: the tensors that one keeps, the numbers
 * that are the same for all elements of a step, and the formula of one element. The formulas are in
 * src/engine/optimizers; unscaling of the gradient is the same for all and done here. Bound by bytes:
 * seven passes over a parameter for Adam, 1.3 GB/s on lavapipe, two cores.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { currentDevice } from '../device/tfjs-backend.ts';
import { dispatch } from './dispatch.ts';
import { each, type Binding, type Kernel } from './kernel.ts';
import { slicesOf } from './ranges.ts';
import { numbers } from './storage.ts';

export interface UpdateRule {
  /** Names the optimizer; one compiled pipeline a name. */
  readonly name: string;
  /** The tensors of the parameter's length that it keeps, by PyTorch's names; two at most. */
  readonly states: readonly string[];
  /** The numbers that are the same for all elements of a step. */
  readonly factors: readonly string[];
  /**
   * WGSL of one element. Changes the variables `value` and those named in `states`, given the
   * constants `gradient` (unscaled) and those named in `factors`.
   */
  readonly element: string;
  /** Floating-point operations an element, for the profiler. */
  readonly flops: number;
}

/** Bytes of a parameter in one dispatch: more would keep a slow device busy for too long. */
const LONGEST = 2 ** 26;

/**
 * @param states - in the order of `rule.states`, each of as many numbers as the parameter
 * @param factors - `[rule.factors.length + 1]`: the numbers named in `rule.factors`, and what the
 *   gradient is multiplied by, one over the number of batches it sums and the loss's scale
 * @param skip - int32 `[1]`: nothing is changed where it is not 0; known to the device alone, so
 *   that nobody waits to look at it
 */
export function optimizerStep(
  rule: UpdateRule,
  parameter: Tensor,
  gradient: Tensor,
  states: readonly Tensor[],
  factors: Tensor,
  skip?: Tensor,
  maxBinding = Math.min(LONGEST, currentDevice().limits.maxStorageBufferBindingSize),
): void {
  const kernel = kernelOf(rule, skip !== undefined);
  for (const slice of slicesOf(parameter, maxBinding)) {
    const part = (tensor: Tensor) => ({ ...slice, tensor });
    const changed = [parameter, ...states].map(part);
    const gate = skip === undefined ? [] : [skip];
    dispatch(kernel, [part(gradient), factors, ...changed, ...gate], { items: slice.count });
  }
}

const SKIP: Binding = { name: 'skip', type: 'array<i32>', access: 'read' };

function kernelOf(
  { name, states, factors, element, flops }: UpdateRule,
  isGated: boolean,
): Kernel<'items'> {
  const last = factors.length;
  return {
    key: `optimizer-step-${name}${isGated ? '-gated' : ''}`,
    bindings: [
      ...['gradients', 'factors'].map((binding) => numbers(binding)),
      numbers('parameter', 'read_write'),
      ...states.map((state) => numbers(`all_${state}`, 'read_write')),
      ...(isGated ? [SKIP] : []),
    ],
    sizes: ['items'],
    flops: ({ items }) => flops * items,
    code: () => `
fn work(item: u32, layer: u32) {
  ${isGated ? 'if (skip[0] != 0) { return; }' : ''}
  ${each(last, (i) => `let ${factors[i]} = factors[${i}];`, '\n  ')}
  let gradient = gradients[item] * factors[${last}];
  var value = parameter[item];
  ${states.map((state) => `var ${state} = all_${state}[item];`).join('\n  ')}
  ${element.trim()}
  ${states.map((state) => `all_${state}[item] = ${state};`).join('\n  ')}
  parameter[item] = value;
}`,
  };
}
