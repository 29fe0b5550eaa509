/**
 * The gradient of tiling: copies of a tensor are added up again. tfjs has it to rank 4 only, as one
 * slice and one sum for each copy. Up to 64 copies, as an upsampling makes them, a thread adds all of
 * its number; stock sums would spend a workgroup of 64 threads on each. More than that, as a
 * broadcast makes them, are stock sums, one for each run of axes.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { uninitialised } from '../device/tfjs-backend.ts';
import { dispatch } from './dispatch.ts';
import type { Kernel } from './kernel.ts';
import { numbers, vectors } from './storage.ts';

/** Copies that one thread adds. */
export const MOST_COPIES = 64;

interface Axis {
  readonly length: number;
  readonly copies: number;
}

/**
 * On WebGPU.
 * @param tiled - `[copies x length, ...]`, float32; `MOST_COPIES` at most
 * @param shape - `[length, ...]`
 * @param copies - by axis
 * @returns the sum over the copies, of `shape`
 */
export function sumOfCopies(
  tiled: Tensor,
  shape: readonly number[],
  copies: readonly number[],
): Tensor {
  const axes = mergedAxes(shape, copies);
  const last = axes.at(-1) as Axis;
  const width = last.length % 4 === 0 ? 4 : 1;
  axes.splice(-1, 1, { ...last, length: last.length / width });
  const result = uninitialised([...shape]);
  const total = axes.reduce((all, axis) => all * axis.copies, 1);
  const sizes: Record<string, number> = { total };
  let stride = 1;
  for (const [index, { length, copies: some }] of [...axes.entries()].reverse()) {
    Object.assign(sizes, {
      [`length${index}`]: length,
      [`stride${index}`]: stride,
      [`copies${index}`]: some,
      [`jump${index}`]: stride * length,
    });
    stride *= length * some;
  }
  const items = result.size / width;
  dispatch(kernelOf(axes.length, width), [tiled, result], { ...sizes, items });
  return result;
}

/** As `sumOfCopies`, of any number of copies and any type, on any backend. */
export function sumsOfCopies(
  tiled: Tensor,
  shape: readonly number[],
  copies: readonly number[],
): Tensor {
  const axes = mergedAxes(shape, copies);
  let sum = tiled;
  let inner = 1;
  for (const { length, copies: some } of [...axes].reverse()) {
    inner *= length;
    if (some > 1) sum = tf.sum(tf.reshape(sum, [-1, some, inner]), 1);
  }
  return tf.reshape(sum, [...shape]);
}

/** An axis without copies is one with the axis before it. */
function mergedAxes(shape: readonly number[], copies: readonly number[]): Axis[] {
  const merged: Axis[] = [];
  for (const [index, length] of shape.entries()) {
    const some = copies[index] ?? 1;
    const before = merged.at(-1);
    // Copies of copies of single numbers are so many copies.
    if (before !== undefined && (some === 1 || before.length === 1)) {
      merged.pop();
      merged.push({ length: before.length * length, copies: before.copies * some });
    } else {
      merged.push({ length, copies: some });
    }
  }
  return merged;
}

function kernelOf(count: number, width: 1 | 4): Kernel {
  const axes = Array.from({ length: count }, (_, index) => count - 1 - index);
  const members = ['length', 'stride', 'copies', 'jump'];
  const buffer = width === 4 ? vectors : numbers;
  return {
    key: `sum-of-copies-${count}-${width}`,
    bindings: [buffer('tiled'), buffer('sums', 'read_write')],
    sizes: ['items', 'total', ...axes.flatMap((axis) => members.map((name) => `${name}${axis}`))],
    code: () => `
fn work(item: u32, layer: u32) {
  var left = item;
  var first = 0u;
  ${axes
    .map(
      (axis) => `first += left % size.length${axis} * size.stride${axis};
  left /= size.length${axis};`,
    )
    .join('\n  ')}
  var sum = ${width === 4 ? 'vec4<f32>()' : '0.0'};
  for (var copy = 0u; copy < size.total; copy++) {
    var rest = copy;
    var at = first;
    ${axes
      .map(
        (axis) => `at += rest % size.copies${axis} * size.jump${axis};
    rest /= size.copies${axis};`,
      )
      .join('\n    ')}
    sum += tiled[at];
  }
  sums[item] = sum;
}`,
  };
}
