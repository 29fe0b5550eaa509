/** A network in words: the text PyTorch prints for the module, kept in information.log. */
import type { Layer } from '../layers/layer.ts';
import type { NetworkPlan } from './network.ts';

/** @returns the lines of `print(model)` for two nested sequentials. */
export function describeNetwork(plan: NetworkPlan): string {
  return sequential(plan.sequentials.map((layers) => sequential(layers.map(lines)))).join('\n');
}

function lines(layer: Layer): string[] {
  return [...layer.lines];
}

function sequential(children: string[][]): string[] {
  const inner = children.flatMap((child, index) =>
    child.map((line, row) => (row === 0 ? `  (${index}): ${line}` : `  ${line}`)),
  );
  return ['Sequential(', ...inner, ')'];
}
