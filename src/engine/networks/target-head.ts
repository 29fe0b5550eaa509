/**
 * Conv5_FC3_SSDA as a classifier of the target domain: the same states and layers, with the scores of
 * the target's head as its output. Networks with one head stay as they are.
 */
import type { Evaluable } from '../evaluate.ts';
import type { NetworkOutputs, NetworkPlan } from './plan.ts';

/** @returns the network as one that is used on the target's images */
export function targetPlan(plan: NetworkPlan): NetworkPlan {
  const { flow, onnxFlow } = plan;
  return {
    ...plan,
    ...(flow && { flow: (stages, input, pass) => byTarget(flow(stages, input, pass)) }),
    ...(onnxFlow && {
      onnxFlow(stages, graph, input) {
        const { output, target, ...others } = onnxFlow(stages, graph, input);
        return target === undefined ? { output, ...others } : { ...others, output: target };
      },
    }),
  };
}

/** @returns a network that is being trained, as it is evaluated on the target's images */
export function targetView(network: Evaluable): Evaluable {
  return {
    plan: network.plan,
    evaluate: (input, options) => byTarget(network.evaluate(input, options)),
  };
}

function byTarget(outputs: NetworkOutputs): NetworkOutputs {
  const { target, ...others } = outputs;
  return target === undefined ? outputs : { ...others, output: target };
}
