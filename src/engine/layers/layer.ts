/**
 * What a network is made of. Activations are channels-last: `[batch, ...spatial, channels]`, where
 * spatial is X, Y, Z (tfjs calls them depth, height, width) or the two axes of a slice. Parameters
 * and buffers are named, shaped and initialised as PyTorch's, so that a checkpoint is their list.
 *
 * A layer has two paths: our kernels where `kernelsInUse()`, and stock tfjs operations, which are
 * the reference for them and all there is without WebGPU.
 */
import type { Tensor } from '@tensorflow/tfjs';
import type { OnnxGraph } from '../../core/onnx/graph.ts';
import type { TorchGenerator } from '../../core/random/torch-uniform.ts';

/** A parameter or buffer as it stands in a checkpoint. */
export interface StateSpec {
  /** Key of the state dict: `convolutions.0.weight`. */
  readonly name: string;
  /** Shape in PyTorch's order. */
  readonly shape: readonly number[];
  /** Whether the optimizer changes it; buffers, such as running statistics, are not trained. */
  readonly trained: boolean;
  /** int64 counters never reach the GPU. */
  readonly counter?: boolean;
  /** Values in PyTorch's order, drawn as PyTorch draws them. */
  initial(generator: TorchGenerator): Float32Array<ArrayBuffer>;
  /** How PyTorch's order becomes ours: a permutation of axes, the identity when absent. */
  readonly toOurs?: readonly number[];
}

/** What a layer may use while it computes. */
export interface Pass {
  readonly training: boolean;
  /** The tensor behind a parameter or buffer, in our axis order. */
  state(name: string): Tensor;
  /** New value of a buffer, applied after the step; called in training only. */
  update(name: string, value: Tensor): void;
  /** Uniform numbers in [0, 1) for dropout; the same for the same seed and step. */
  uniform(shape: number[]): Tensor;
  /** Standard normal numbers for a variational code; absent where its mean stands for it. */
  readonly normal: ((shape: number[]) => Tensor) | undefined;
  /** What a gradient is multiplied by, and turned round, below a head of domains. */
  readonly reversal: number;
  /** What the output of each ReLU goes through, for guided backpropagation; absent otherwise. */
  readonly afterRelu?: ((output: Tensor) => Tensor) | undefined;
  /** Hands a tensor to a later layer of the same pass, such as where maxima were. */
  keep(key: object, value: Tensor): void;
  kept(key: object): Tensor;
}

/** What a layer leaves on the device from forward to backward, where our kernels compute. */
export interface LayerMemory {
  /** Numbers of four bytes that are kept: results, their gradients, indices. */
  readonly kept: number;
  /** Numbers in buffers for a moment, such as partial sums. */
  readonly workspace?: readonly number[];
  /** Numbers in the largest tensor that is bound as a whole. */
  readonly largest: number;
}

export interface Layer {
  /** PyTorch's class name. */
  readonly kind: string;
  /** Its name in a sequential that has names; its position there when absent. */
  readonly called?: string;
  /** One or more lines as PyTorch prints the module, for information.log. */
  readonly lines: readonly string[];
  readonly states: readonly StateSpec[];
  /** Shape without batch, channels last. */
  readonly outputShape: readonly number[];
  /** Whether networks/steps.ts may take it into a block that is computed at once. */
  readonly isFusible?: boolean;
  forward(input: Tensor, pass: Pass): Tensor;
  /**
   * What `forward` does in evaluation, as nodes of ONNX; absent where nobody has written it. A layer
   * that changes another one's `forward` changes this too.
   * @param input - a value `[batch, channels, ...spatial]`, or `[batch, features]`
   * @returns the result's name
   */
  toOnnx?(graph: OnnxGraph, input: string): string;
  /** @param batch - elements that go through at once */
  memory(batch: number): LayerMemory;
}

/** Of layers that keep nothing worth mentioning: what has no voxels. */
export const NO_MEMORY: LayerMemory = { kept: 0, largest: 0 };

/**
 * A result and its gradient, and more as large as it.
 * @param shape - without batch
 * @param more - how many more of the same size
 */
export function mapMemory(shape: readonly number[], batch: number, more = 0): LayerMemory {
  if (shape.length < 2) return NO_MEMORY;
  const largest = batch * sizeOf(shape);
  return { kept: (2 + more) * largest, largest };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
