/**
 * What a network is made of. Activations are channels-last: `[batch, ...spatial, channels]`, where
 * spatial is X, Y, Z (tfjs calls them depth, height, width) or the two axes of a slice. Parameters
 * and buffers are named, shaped and initialised as PyTorch's, so that a checkpoint is their list.
 *
 * This is the plain path on stock tfjs operations. What those get wrong on WebGPU in five
 * dimensions (broadcast, pad, slice) is done on reshaped tensors of rank two or three.
 */
import type { Tensor } from '@tensorflow/tfjs';
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
}

export interface Layer {
  /** PyTorch's class name. */
  readonly kind: string;
  /** One or more lines as PyTorch prints the module, for information.log. */
  readonly lines: readonly string[];
  readonly states: readonly StateSpec[];
  /** Shape without batch, channels last. */
  readonly outputShape: readonly number[];
  forward(input: Tensor, pass: Pass): Tensor;
}
