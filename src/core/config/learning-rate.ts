/**
 * A learning rate that will not train a network: 0 moves no weight, and above 1 a step of Adam, which
 * is about as long as the rate whatever the gradient (Kingma and Ba 2015, section 2.1), is longer
 * than the weights are large.
 */
import { describe, type Problem } from '../errors.ts';
import type { Config } from './schema.ts';

/** Of PyTorch: the default of its optimizer; more makes sense there. */
const ABOVE_ONE = new Set(['Adadelta']);
const MOST = 1;

/** @returns a warning, where there is one to give. Negative ones and NaN are no value at all. */
export function learningRateProblem({
  learning_rate: rate,
  optimizer,
}: Pick<Config, 'learning_rate' | 'optimizer'>): Problem | undefined {
  if (rate > 0 && (rate <= MOST || ABOVE_ONE.has(optimizer))) return undefined;
  const action =
    rate === 0
      ? 'No weight will move: this makes sense to look at other weights only. Give a rate such as 1e-4.'
      : 'Weights will jump and the loss is likely to grow without bounds. Give a rate such as 1e-4.';
  return describe('CONFIG_LEARNING_RATE', {
    expected: '"learning_rate" to be above 0 and at most 1, usually 1e-5 to 1e-2',
    found: String(rate),
    action,
  });
}
