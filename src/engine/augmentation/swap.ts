/**
 * Boxes exchanged in pairs, one pair after the other; where the two overlap, the first place has its
 * new content whole. The pairs depend on each other and the boxes are few beside the image, so that
 * the processor finds out where every voxel of a box came from and the device moves them all at once.
 * Asking on the device, voxel by voxel and from the last pair back, took longer than a whole training
 * step on a software driver.
 */
import * as tf from '@tensorflow/tfjs';
import type { Values } from '../../core/augmentation/pipeline.ts';
import { dispatch } from '../kernels/dispatch.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { numbers } from '../kernels/storage.ts';
import { packed } from './params.ts';
import type { Geometry } from './transforms.ts';
import { map, mapKernel, type Shape } from './wgsl.ts';

export function swapBoxes(
  input: tf.Tensor,
  { shape, axes }: Geometry,
  samples: readonly (Values | undefined)[],
): tf.Tensor {
  const [batch, x, y, z, channels] = shape;
  const moves = samples.flatMap((values, index) =>
    values === undefined ? [] : [...movedVoxels(values, shape, axes, index * x * y * z)],
  );
  // A clone would share the buffer that is about to be written.
  const none = packed(new Array<undefined>(batch).fill(undefined));
  const target = map(COPY, input, shape, none);
  const lists = tf.tensor1d(concatenated(moves), 'int32');
  const items = lists.size / 2;
  if (items > 0) dispatch(MOVE, [input, lists, target], { items, channels });
  return target;
}

/** Where each voxel stands that an image of a size is made of: identity between two calls. */
let places = new Int32Array(0);

/** @yields pairs of voxel numbers, to and from, counted over the batch from `first` */
function* movedVoxels(
  values: Values,
  [, x, y, z]: Shape,
  axes: number,
  first: number,
): Generator<Int32Array, void, void> {
  const voxels = x * y * z;
  if (places.length < voxels) places = Int32Array.from({ length: voxels }, (_, index) => index);
  const corners = values['corners'] as readonly number[];
  const edge = Number(values['patch_size']);
  const offsets = boxOffsets(edge, axes, [y * z, z]);
  const boxes = Array.from({ length: corners.length / axes }, (_, box) => {
    const [a = 0, b = 0, c = 0] = corners.slice(box * axes, (box + 1) * axes);
    return (a * y + b) * z + (axes === 2 ? 0 : c);
  });
  const [one, other] = [new Int32Array(offsets.length), new Int32Array(offsets.length)];
  const read = (box: number, to: Int32Array) => {
    for (let i = 0; i < offsets.length; i++) to[i] = places[box + (offsets[i] ?? 0)] ?? 0;
  };
  const write = (box: number, from: Int32Array) => {
    for (let i = 0; i < offsets.length; i++) places[box + (offsets[i] ?? 0)] = from[i] ?? 0;
  };
  for (let pair = 0; pair + 1 < boxes.length; pair += 2) {
    const [a = 0, b = 0] = [boxes[pair], boxes[pair + 1]];
    read(a, one);
    read(b, other);
    write(b, one);
    write(a, other);
  }
  for (const box of boxes) {
    const moved = new Int32Array(2 * offsets.length);
    let count = 0;
    for (let i = 0; i < offsets.length; i++) {
      const to = box + (offsets[i] ?? 0);
      const from = places[to] ?? to;
      if (from === to) continue;
      moved[count++] = first + to;
      moved[count++] = first + from;
      // Told once, and as it was for the next image.
      places[to] = to;
    }
    yield moved.subarray(0, count);
  }
}

function boxOffsets(
  edge: number,
  axes: number,
  [plane, line]: readonly [number, number],
): Int32Array {
  const deep = axes === 2 ? 1 : edge;
  return Int32Array.from({ length: edge * edge * deep }, (_, i) => {
    const [a, b, c] = [Math.floor(i / (edge * deep)), Math.floor(i / deep) % edge, i % deep];
    return a * plane + b * line + c;
  });
}

/**
 * Filled up to a power of two with the first pair again, so that buffers and sizes are few and are
 * taken over from step to step.
 */
function concatenated(parts: readonly Int32Array[]): Int32Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new Int32Array(length === 0 ? 0 : 2 ** Math.ceil(Math.log2(length)));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  for (; at < all.length; at += 2) all.set(all.subarray(0, 2), at);
  return all;
}

const COPY = mapKernel('copy', '');

const MOVE: Kernel<'items' | 'channels'> = {
  key: 'augmentation-swap',
  bindings: [
    numbers('source'),
    { name: 'moves', type: 'array<u32>', access: 'read' },
    numbers('target_', 'read_write'),
  ],
  sizes: ['items', 'channels'],
  code: () => `
fn work(item: u32, layer: u32) {
  let to = moves[2u * item] * size.channels;
  let origin = moves[2u * item + 1u] * size.channels;
  for (var c = 0u; c < size.channels; c++) { target_[to + c] = source[origin + c]; }
}`,
};
