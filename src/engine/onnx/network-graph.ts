/**
 * A network as an ONNX graph, in evaluation: dropout is gone, running statistics normalise, the code
 * of a variational autoencoder is its mean. Input and outputs are channels first, as in PyTorch, and
 * any number of elements goes through at once.
 */
import { CapsuleError } from '../../core/errors.ts';
import { OnnxGraph, type OnnxPort } from '../../core/onnx/graph.ts';
import { onnxBytes } from '../../core/onnx/model.ts';
import type { Chunked } from '../../core/torch/zip-writer.ts';
import { inOnnx } from '../layers/composite.ts';
import { sizeOf } from '../layers/layer.ts';
import type { NetworkOutputs, NetworkPlan, OnnxOutputs, StateValue } from '../networks/plan.ts';

/** What the model is given: `[batch, channels, ...spatial]`. */
export const INPUT = 'input';

/** Names of the results; what `output` is called depends on the task. */
const NAMES: Readonly<Record<Exclude<keyof NetworkOutputs, 'output'>, string>> = {
  ...{ code: 'code', mu: 'mu', logVariance: 'log_variance' },
  ...{ target: 'target_scores', domain: 'domain_scores' },
};

export interface NetworkModel {
  readonly graph: OnnxGraph;
  readonly input: OnnxPort;
  /** `output` first; which result of the network each is. */
  readonly outputs: readonly (OnnxPort & { readonly of: keyof NetworkOutputs })[];
}

/**
 * @param output - name of the network's main result: `scores`, `prediction` or `reconstruction`
 * @throws CapsuleError ONNX_UNSUPPORTED
 */
export function networkGraph(plan: NetworkPlan, output: string): NetworkModel {
  const graph = new OnnxGraph();
  const values = flowOf(plan, graph);
  const given = Object.entries(values) as [keyof NetworkOutputs, string][];
  const outputs = given.map(([of, value]) => {
    const name = of === 'output' ? output : NAMES[of];
    graph.rename(value, name);
    return { name, of, shape: shapeOf(plan, of) };
  });
  return { graph, input: { name: INPUT, shape: torchShape(plan.inputShape) }, outputs };
}

/**
 * @param states - the state dict, in PyTorch's order of axes
 * @returns the file `model.onnx`
 * @throws CapsuleError ONNX_UNSUPPORTED, ONNX_TOO_LARGE, WEIGHTS_MISMATCH
 */
export function networkOnnx(
  { graph, input, outputs }: NetworkModel,
  plan: NetworkPlan,
  states: readonly StateValue[],
  description: string,
): Chunked {
  return onnxBytes({ name: plan.name, graph, states, inputs: [input], outputs, description });
}

function flowOf(plan: NetworkPlan, graph: OnnxGraph): OnnxOutputs {
  const stages = plan.sequentials.map(inOnnx);
  if (plan.onnxFlow !== undefined) return plan.onnxFlow(stages, graph, INPUT);
  if (plan.flow !== undefined) throw new CapsuleError('ONNX_UNSUPPORTED', { found: plan.name });
  return { output: stages.reduce((value, stage) => stage(graph, value), INPUT) };
}

/** Of the result, `[batch, ...]`; the code's is that of the sequential that makes it. */
function shapeOf(plan: NetworkPlan, of: keyof NetworkOutputs): OnnxPort['shape'] {
  if (of === 'output' && plan.outputs === 0) return torchShape(plan.inputShape);
  if (of === 'output' || of === 'target' || of === 'domain') return ['batch', plan.outputs];
  const maker = plan.sequentials[of === 'code' ? 0 : of === 'mu' ? 1 : 2] ?? [];
  return torchShape(maker.at(-1)?.outputShape ?? []);
}

/** `[...spatial, channels]` or `[features]`, channels first. */
function torchShape(shape: readonly number[]): OnnxPort['shape'] {
  if (sizeOf(shape) === shape[0]) return ['batch', sizeOf(shape)];
  return ['batch', shape.at(-1) as number, ...shape.slice(0, -1)];
}
