/** A network in words: the text PyTorch prints for the module, kept in information.log. */
import { moduleLines, numbered, sequential } from '../layers/composite.ts';
import type { NetworkPlan } from './network.ts';

/** @returns the lines of `print(model)` for nested sequentials. */
export function describeNetwork(plan: NetworkPlan): string {
  const stages = plan.sequentials.map((layers) => sequential(layers));
  return moduleLines('Sequential', numbered(stages)).join('\n');
}
