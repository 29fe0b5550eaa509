/**
 * Whether a state dict fits a network: the same keys, the same shapes. Names and shapes are enough, so
 * that weights can be refused before a device is asked for anything.
 */
import { CapsuleError } from '../../core/errors.ts';
import type { NetworkPlan } from './plan.ts';
import { statesOf } from './plan.ts';

/** A tensor of a state dict, in PyTorch's name and shape. */
export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * @param file - where the tensors come from, for errors
 * @param prefix - compares with the part of the network whose keys begin so
 * @throws CapsuleError WEIGHTS_MISMATCH naming the first key that is missing, of another shape, or
 *   superfluous
 */
export function refuseMisfit(
  plan: NetworkPlan,
  given: readonly NamedShape[],
  file?: string,
  prefix = '',
): void {
  const rest = new Map(given.map(({ name, shape }) => [name, shape]));
  const where = file === undefined ? {} : { file };
  for (const { name, shape } of statesOf(plan)) {
    if (!name.startsWith(prefix)) continue;
    const found = rest.get(name);
    const expected = `${name} of shape [${shape.join(', ')}]`;
    if (found === undefined) {
      throw new CapsuleError('WEIGHTS_MISMATCH', { ...where, expected, found: 'no such key' });
    }
    if (found.join() !== shape.join()) {
      const other = `shape [${found.join(', ')}]`;
      throw new CapsuleError('WEIGHTS_MISMATCH', { ...where, expected, found: other });
    }
    rest.delete(name);
  }
  const [extra] = rest.keys();
  if (extra === undefined) return;
  const expected = `the keys of ${plan.name}`;
  throw new CapsuleError('WEIGHTS_MISMATCH', { ...where, expected, found: extra });
}
