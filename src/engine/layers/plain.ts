/**
 * Pieces of the plain path: stock tfjs operations on views of rank two and three, which WebGPU
 * computes rightly and within its limits whatever the rank of the volumes.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { differentiable } from '../device/tfjs-backend.ts';
import { sizeOf } from './layer.ts';

/** `[all before, length, all behind]` of an axis. */
export function aroundAxis(tensor: Tensor, axis: number): tf.Tensor3D {
  const { shape } = tensor;
  const [before, behind] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
  return tf.reshape(tensor, [before, shape[axis] as number, behind]);
}

function withLength(tensor: Tensor, shape: readonly number[], axis: number, length: number) {
  return tf.reshape(tensor, [...shape.slice(0, axis), length, ...shape.slice(axis + 1)]);
}

/** Pads one axis; `front` and `back` may be negative, which crops it. */
export function padAxis(
  tensor: Tensor,
  axis: number,
  front: number,
  back: number,
  value = 0,
): Tensor {
  if (front === 0 && back === 0) return tensor;
  const length = tensor.shape[axis] as number;
  const view = aroundAxis(tensor, axis);
  const [first, last] = [Math.max(0, -front), Math.max(0, -back)];
  const [before, , behind] = view.shape;
  const isCropped = first > 0 || last > 0;
  const cropped = isCropped
    ? tf.slice(view, [0, first, 0], [before, length - first - last, behind])
    : view;
  const paddings: [number, number][] = [
    [0, 0],
    [Math.max(0, front), Math.max(0, back)],
    [0, 0],
  ];
  const padded = tf.pad(cropped, paddings, value);
  return withLength(padded, tensor.shape, axis, length + front + back);
}

/** Pads the spatial axes of `[batch, ...spatial, channels]`. */
export function padSpatial(
  tensor: Tensor,
  front: readonly number[],
  back: readonly number[],
  value = 0,
): Tensor {
  return front.reduce<Tensor>(
    (result, count, axis) => padAxis(result, axis + 1, count, back[axis] ?? 0, value),
    tensor,
  );
}

/** Each voxel `copies` times along each spatial axis. */
export function repeatSpatial(tensor: Tensor, copies: readonly number[]): Tensor {
  return copies.reduce<Tensor>((result, count, index) => {
    if (count === 1) return result;
    const axis = index + 1;
    const length = result.shape[axis] as number;
    const [before, , behind] = aroundAxis(result, axis).shape;
    const tiled = tf.tile(tf.reshape(result, [before * length, 1, behind]), [1, count, 1]);
    return withLength(tiled, result.shape, axis, length * count);
  }, tensor);
}

/** Voxels `steps` apart along each spatial axis, zeros between them. */
export function spreadSpatial(tensor: Tensor, steps: readonly number[]): Tensor {
  return steps.reduce<Tensor>((result, step, index) => {
    if (step === 1) return result;
    const axis = index + 1;
    const length = result.shape[axis] as number;
    const [before, , behind] = aroundAxis(result, axis).shape;
    const single = tf.reshape(result, [before * length, 1, behind]);
    const spread = tf.pad(single, [
      [0, 0],
      [0, step - 1],
      [0, 0],
    ]);
    const whole = withLength(spread, result.shape, axis, length * step);
    return padAxis(whole, axis, 0, 1 - step);
  }, tensor);
}

/** `[batch, voxels, channels]` of volumes or images. */
export function asVoxels(tensor: Tensor): tf.Tensor3D {
  const [batch = 1] = tensor.shape;
  return tf.reshape(tensor, [batch, -1, tensor.shape.at(-1) ?? 1]);
}

/** What `work` computes, as a number of its own: no gradient goes through it. */
export function constantOf(work: () => Tensor): Tensor {
  return differentiable(
    {},
    () => [tf.tidy(work)],
    () => ({}),
  )[0] as Tensor;
}
