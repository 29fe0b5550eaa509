/**
 * Which element the numbers of a tensor are stored as. Half tensors are made here alone; a kernel
 * asks for the element of what it is given, and compiles a variant for it.
 */
import type { Tensor } from '@tensorflow/tfjs';
import {
  currentDevice,
  momentary,
  uninitialised,
  uninitialisedHalf,
} from '../device/tfjs-backend.ts';
import { bytesOf, type Element } from './storage.ts';

/** By the identity of the data: reshaped and cloned tensors share it. */
const elements = new WeakMap<object, Element>();

export function elementOf(tensor: Tensor): Element {
  return elements.get(tensor.dataId) ?? 'f32';
}

/** As `uninitialised`, of any element. */
export function uninitialisedAs(element: Element, shape: number[]): Tensor {
  if (element === 'f32') return uninitialised(shape);
  const tensor = uninitialisedHalf(shape);
  elements.set(tensor.dataId, element);
  return tensor;
}

/** As `uninitialisedAs`, for a moment: see `momentary`. */
export function momentaryAs(element: Element, shape: number[]): Tensor {
  const tensor = momentary(shape, bytesOf(element));
  if (element !== 'f32') elements.set(tensor.dataId, element);
  return tensor;
}

let flag: Tensor | undefined;

/**
 * Runs a step whose gradients are halves.
 * @param raised - int32 `[1]`, 0; becomes 1 when a gradient was too large for a half
 */
export function watchingOverflow<Result>(raised: Tensor, step: () => Result): Result {
  flag = raised;
  try {
    return step();
  } finally {
    flag = undefined;
  }
}

/** What a kernel that stores gradients as halves raises; nobody looks at it outside of a step. */
export function overflowFlag(): Tensor {
  return flag ?? uninitialised([1], 'int32');
}

/** How the current device stores halves. */
export function halfElement(): Element {
  return currentDevice().features.has('shader-f16') ? 'f16' : 'packed';
}
