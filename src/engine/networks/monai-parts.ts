/** What the networks with MONAI's names have in common. */
import { CapsuleError } from '../../core/errors.ts';
import { relu } from '../layers/activations.ts';
import { called } from '../layers/composite.ts';
import { dropout } from '../layers/dense.ts';
import { sizeOf, type Layer } from '../layers/layer.ts';
import { globalAvgPool } from '../layers/pooling.ts';
import { flatten } from '../layers/shape.ts';

/** A part under its own name in a sequential. */
export type Part = readonly [name: string, layer: Layer];

export const parts = (named: readonly Part[]): Layer[] =>
  named.map(([name, layer]) => called(name, layer));

/** As PyTorch prints it there, where it overwrites its input. */
export const reluInplace = (shape: readonly number[]): Layer => ({
  ...relu(shape),
  lines: ['ReLU(inplace=True)'],
});

/**
 * Mean of each channel, dropout, and a dense layer.
 * @param names - of the pooling and of the dense layer
 */
export function pooledHead(
  shape: readonly number[],
  dropoutRate: number,
  [pooling, dense]: readonly [string, string],
  last: Layer,
): Layer[] {
  const average = globalAvgPool(shape);
  return [
    ...[called(pooling, average), called('flatten', flatten(average.outputShape))],
    ...[called('dropout', dropout([shape.at(-1) ?? 1], dropoutRate)), called(dense, last)],
  ];
}

/**
 * @param deepest - shape of the smallest feature map
 * @throws CapsuleError NETWORK_INPUT where it is a single voxel: there is nothing to normalise over in
 *   a batch of one, and PyTorch refuses it too
 */
export function checkDeepest(
  inputShape: readonly number[],
  deepest: readonly number[],
  halvings: number,
): void {
  if (sizeOf(deepest.slice(0, -1)) >= 2) return;
  throw new CapsuleError('NETWORK_INPUT', {
    expected: `an axis of more than ${2 ** halvings} voxels, since ${halvings} steps halve it`,
    found: inputShape.slice(0, -1).join(' x '),
  });
}
