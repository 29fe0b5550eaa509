/** What a network looks like before any tensor exists: its layers, and what goes through which. */
import type { Tensor } from '@tensorflow/tfjs';
import type { OnnxGraph } from '../../core/onnx/graph.ts';
import type { Layer, LayerMemory, Pass, StateSpec } from '../layers/layer.ts';
import { sizeOf } from '../layers/layer.ts';

/** What a network returns for a batch. */
export interface NetworkOutputs {
  /** Scores `[batch, outputs]` before any softmax, or the reconstruction, shaped as the input. */
  readonly output: Tensor;
  /** Of an autoencoder: what its decoder begins with. */
  readonly code?: Tensor;
  /** Of a variational autoencoder: mean of the code, `[batch, ...]`. */
  readonly mu?: Tensor;
  /** And the logarithm of its variance, of the same shape. */
  readonly logVariance?: Tensor;
  /** Of Conv5_FC3_SSDA: scores of the head of the target domain; `output` is the source's. */
  readonly target?: Tensor;
  /** And of the head that tells domains apart. */
  readonly domain?: Tensor;
}

/** The layers of one sequential, in order. */
export type Stage = (input: Tensor, pass: Pass) => Tensor;

/** The same in ONNX: from a value to a value, by name. */
export type OnnxStage = (graph: OnnxGraph, input: string) => string;

/** What a network returns, as values of a graph. */
export type OnnxOutputs = { readonly [Name in keyof NetworkOutputs]: string };

export interface NetworkPlan {
  readonly name: string;
  /** `[...spatial, channels]` of one element. */
  readonly inputShape: readonly number[];
  /** Scores of an element; 0 where the network makes volumes. */
  readonly outputs: number;
  /** PyTorch's sequentials, in the order of the state dict: `convolutions`, then `fc`. */
  readonly sequentials: readonly (readonly Layer[])[];
  /** How the sequentials are joined; one after the other when absent. */
  readonly flow?: (stages: readonly Stage[], input: Tensor, pass: Pass) => NetworkOutputs;
  /**
   * The flow in evaluation, in ONNX; a network with a flow and without this cannot be exported.
   * @param stages - as the flow's
   */
  readonly onnxFlow?: (
    stages: readonly OnnxStage[],
    graph: OnnxGraph,
    input: string,
  ) => OnnxOutputs;
  /** What the flow keeps besides its layers. */
  readonly flowMemory?: (batch: number) => LayerMemory;
  /**
   * The states in the order in which PyTorch draws them, where that is not the order of the state
   * dict; among them what it draws and throws away. Counters and constants may stand anywhere.
   */
  readonly drawn?: readonly StateSpec[];
}

/** A tensor's values in PyTorch's axis order. */
export interface StateValue {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array<ArrayBuffer>;
  /** int64 in the checkpoint. */
  readonly counter: boolean;
}

export function layersOf(plan: NetworkPlan): Layer[] {
  return plan.sequentials.flat();
}

export function statesOf(plan: NetworkPlan): StateSpec[] {
  return layersOf(plan).flatMap((layer) => layer.states);
}

/** Trained parameters only, as PyTorch's `sum(p.numel())`. */
export function parameterCount(plan: NetworkPlan): number {
  return statesOf(plan)
    .filter((state) => state.trained)
    .reduce((sum, state) => sum + sizeOf(state.shape), 0);
}

/** Draws as PyTorch does, and keeps no numbers. */
export function thrownAway(states: readonly StateSpec[]): StateSpec[] {
  return states.map((state) => ({ ...state }));
}
