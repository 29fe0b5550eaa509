/**
 * A mask over planes of k-space across one axis, without a Fourier transform of the volume: those of
 * the other axes cancel, and what is left is a circular convolution along the axis with the real part
 * of the mask's inverse transform. That is symmetric, so that even and odd parts of a line go
 * through separate sums of half the length (exact; a plain product takes twice the multiplications).
 * Any length will do: 179 is as good as 128. A thread makes four outputs, mirrored, of four lines.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { uninitialised } from '../device/tfjs-backend.ts';
import { dispatch } from '../kernels/dispatch.ts';
import { each, type Kernel } from '../kernels/kernel.ts';
import { numbers } from '../kernels/storage.ts';
import { packed } from './params.ts';
import { sizeOf, type Shape } from './wgsl.ts';

/** Entries beyond the period, for outputs past the middle that are not written. */
const BEYOND = 5;

/**
 * @param mask - weight of each plane of the centred spectrum (zero frequency at `length >> 1`)
 * @returns real part of the inverse transform of the mask, as long: y = kernel * x, circularly
 */
export function kernelOfMask(mask: readonly number[]): number[] {
  const length = mask.length;
  const cosines = mask.map((_, i) => Math.cos((2 * Math.PI * i) / length) / length);
  const centre = length >> 1;
  return mask.map((_, n) =>
    mask.reduce((sum, weight, k) => {
      if (weight === 0) return sum;
      const turn = (((k - centre) * n) % length) + length;
      return sum + weight * (cosines[turn % length] ?? 0);
    }, 0),
  );
}

/**
 * @param axis - 0, 1 or 2
 * @param kernels - of each sample, as `kernelOfMask` gives them
 * @returns `base` plus the convolution of `source` with the kernels; a new tensor
 */
export function addCirculant(
  base: Tensor,
  source: Tensor,
  shape: Shape,
  axis: number,
  kernels: readonly (readonly number[] | undefined)[],
): Tensor {
  const length = shape[axis + 1] ?? 1;
  const step = shape.slice(axis + 2).reduce((product, one) => product * one, 1);
  const params = packed(
    kernels.map((kernel) => kernel && [...kernel, ...beyond(kernel, length + BEYOND)]),
  );
  const target = uninitialised([...shape]);
  const count = sizeOf(shape);
  const lines = count / length;
  const groups = Math.ceil(lines / 4);
  const outputs = Math.ceil(((length >> 1) + 1) / 4);
  const sizes = { count, length, step, lines, groups, outputs, stride: params.stride };
  const bound = [base, source, params.tensor, target];
  dispatch(KERNEL, bound, { ...sizes, items: groups * outputs }, shape[0]);
  params.tensor.dispose();
  return target;
}

/** @returns the period again, as often as it takes for `length` more entries */
function beyond(period: readonly number[], length: number): number[] {
  return Array.from({ length }, (_, i) => period[i % period.length] ?? 0);
}

const SIZES = ['items', 'count', 'length', 'step', 'lines', 'groups', 'outputs', 'stride'] as const;

const KERNEL: Kernel<(typeof SIZES)[number]> = {
  key: 'augmentation-circulant',
  bindings: [
    numbers('base'),
    numbers('source'),
    numbers('params'),
    numbers('target_', 'read_write'),
  ],
  sizes: SIZES,
  repeatable: true,
  flops: ({ count, length }, layers) => 3 * count * length * layers,
  code: () => `
fn first_of(line: u32) -> u32 {
  let l = min(line, size.lines - 1u);
  return (l / size.step) * (size.step * size.length) + l % size.step;
}
fn load(at: vec4<u32>) -> vec4<f32> {
  return vec4<f32>(source[at.x], source[at.y], source[at.z], source[at.w]);
}
fn store(at: vec4<u32>, value: vec4<f32>) {
  target_[at.x] = base[at.x] + value.x;
  target_[at.y] = base[at.y] + value.y;
  target_[at.z] = base[at.z] + value.z;
  target_[at.w] = base[at.w] + value.w;
}
fn work(item: u32, layer: u32) {
  // Neighbouring threads share a line where lines are contiguous, else lie on neighbouring lines.
  let along = size.step == 1u;
  let group = select(item % size.groups, item / size.outputs, along);
  let n = 4u * select(item / size.groups, item % size.outputs, along);
  let q = vec4<u32>(first_of(group), first_of(group + size.groups),
    first_of(group + 2u * size.groups), first_of(group + 3u * size.groups)) + layer * size.count;
  let p = layer * size.stride;
  let c = p + 1u;
  let half = size.length / 2u;
  let taken = params[p] != 0.0;
  ${each(4, (i) => `var even${i} = vec4<f32>(0.0); var odd${i} = vec4<f32>(0.0);`)}
  if (taken) {
    for (var m = 1u; m < size.length - half; m++) {
      let low = load(q + m * size.step);
      let high = load(q + (size.length - m) * size.step);
      let sum = low + high;
      let difference = low - high;
      ${each(
        4,
        (i) => `
      let near${i} = params[c + u32(abs(i32(n + ${i}u) - i32(m)))];
      let far${i} = params[c + n + ${i}u + m];
      even${i} += (near${i} + far${i}) * sum;
      odd${i} += (near${i} - far${i}) * difference;`,
      )}
    }
    let start = load(q);
    ${each(4, (i) => `even${i} = 0.5 * even${i} + params[c + n + ${i}u] * start; odd${i} = 0.5 * odd${i};`)}
    if (half * 2u == size.length) {
      let middle = load(q + half * size.step);
      ${each(4, (i) => `even${i} += params[c + u32(abs(i32(n + ${i}u) - i32(half)))] * middle;`)}
    }
  }
  ${each(
    4,
    (i) => `
  if (n + ${i}u <= half) {
    store(q + (n + ${i}u) * size.step, even${i} + odd${i});
    if (n + ${i}u > 0u) { store(q + (size.length - n - ${i}u) * size.step, even${i} - odd${i}); }
  }`,
  )}
}`,
};
