/** Tensors of one element as another, to compare half kernels with those in f32. */
import type { Tensor } from '@tensorflow/tfjs';
import { dispatch } from '../../src/engine/kernels/dispatch.ts';
import { elementOf, uninitialisedAs } from '../../src/engine/kernels/half-tensors.ts';
import type { Kernel } from '../../src/engine/kernels/kernel.ts';
import { rows, type Element } from '../../src/engine/kernels/storage.ts';

/** @param tensor - of a multiple of four numbers */
export function cast(tensor: Tensor, element: Element): Tensor {
  const result = uninitialisedAs(element, tensor.shape);
  dispatch(kernel(elementOf(tensor), element), [tensor, result], { items: tensor.size / 4 });
  return result;
}

function kernel(from: Element, to: Element): Kernel<'items'> {
  const source = rows('source', 'quads', '', '1u', 'read', from);
  const target = rows('result', 'quads', '', '1u', 'read_write', to);
  return {
    key: `cast-${from}-${to}`,
    bindings: [source.binding, target.binding],
    sizes: ['items'],
    code: () => `${source.code}${target.code}
fn work(item: u32, layer: u32) {
  result_store(item, 0u, source_load(item, 0u));
}`,
  };
}
