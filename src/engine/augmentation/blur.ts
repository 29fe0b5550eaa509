/**
 * Gaussian filter axis by axis, as scipy.ndimage.gaussian_filter: cut off at four standard deviations,
 * weights of sum one, mirrored about the edge of the outermost voxel ('reflect').
 */
import type { Tensor } from '@tensorflow/tfjs';
import { uninitialised } from '../device/tfjs-backend.ts';
import { dispatch } from '../kernels/dispatch.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { numbers } from '../kernels/storage.ts';
import { packed } from './params.ts';
import { sizeOf, type Shape } from './wgsl.ts';

const TRUNCATE = 4;

/**
 * @param stds - of each sample: standard deviations along X, Y, Z and the channels, in voxels
 * @returns a new tensor
 */
export function blur(
  source: Tensor,
  shape: Shape,
  stds: readonly (readonly number[] | undefined)[],
): Tensor {
  let result = source;
  for (let axis = 0; axis < 4; axis++) {
    const length = shape[axis + 1] ?? 1;
    const rows = stds.map((std) => {
      const width = std?.[axis] ?? 0;
      return width > 0 && length > 1 ? gaussianWeights(width) : undefined;
    });
    if (rows.every((row) => row === undefined)) continue;
    const next = alongAxis(result, shape, axis, rows);
    if (result !== source) result.dispose();
    result = next;
  }
  return result === source ? source.clone() : result;
}

/** @returns the weight of the middle, and of each voxel to one side */
export function gaussianWeights(std: number): number[] {
  const radius = Math.floor(TRUNCATE * std + 0.5);
  const weights = Array.from({ length: radius + 1 }, (_, i) => Math.exp((-0.5 * i * i) / std ** 2));
  const sum = weights.reduce((total, weight, i) => total + (i === 0 ? weight : 2 * weight), 0);
  return weights.map((weight) => weight / sum);
}

function alongAxis(
  source: Tensor,
  shape: Shape,
  axis: number,
  rows: readonly (readonly number[] | undefined)[],
): Tensor {
  // Both sides of the weights, and zeros beyond for the outputs that a thread makes together.
  const params = packed(
    rows.map((row) => row && [row.length - 1, 0, 0, 0, ...row.slice(1).reverse(), ...row, 0, 0, 0]),
  );
  const target = uninitialised([...shape]);
  const [length = 1, ...inner] = shape.slice(axis + 1);
  const step = inner.reduce((product, one) => product * one, 1);
  const count = sizeOf(shape);
  const fours = Math.ceil(length / 4);
  const items = (count / length) * fours;
  const sizes = { items, count, fours, stride: params.stride, length, step };
  dispatch(KERNEL, [source, params.tensor, target], sizes, shape[0]);
  params.tensor.dispose();
  return target;
}

/** A thread makes four neighbours along the axis, and so reads each number once for all of them. */
const KERNEL: Kernel<'items' | 'count' | 'fours' | 'stride' | 'length' | 'step'> = {
  key: 'augmentation-blur',
  bindings: [numbers('source'), numbers('params'), numbers('target_', 'read_write')],
  sizes: ['items', 'count', 'fours', 'stride', 'length', 'step'],
  repeatable: true,
  code: () => `
fn mirrored(i: i32) -> u32 {
  let n = i32(size.length);
  let j = ((i % (2 * n)) + 2 * n) % (2 * n);
  return u32(select(j, 2 * n - 1 - j, j >= n));
}
fn work(item: u32, layer: u32) {
  let p = layer * size.stride;
  // Neighbouring threads lie beside each other in memory.
  let inner = item % size.step;
  let rest = item / size.step;
  let first = 4 * i32(rest % size.fours);
  let line = layer * size.count + (rest / size.fours) * size.step * size.length + inner;
  let n = i32(size.length);
  var sum = vec4<f32>(0.0);
  if (params[p] == 0.0) {
    for (var i = 0; i < min(4, n - first); i++) {
      let at = line + u32(first + i) * size.step;
      target_[at] = source[at];
    }
    return;
  }
  let radius = i32(params[p + 1u]);
  var weights = vec4<f32>(params[p + 4u], params[p + 3u], params[p + 2u], 0.0);
  var weight = p + 5u;
  if (radius + 4 <= n) {
    for (var k = first - radius; k <= first + 3 + radius; k++) {
      weights = vec4<f32>(params[weight], weights.xyz);
      weight += 1u;
      let low = select(k, -1 - k, k < 0);
      let inside = select(low, 2 * n - 1 - low, low >= n);
      sum += weights * source[line + u32(inside) * size.step];
    }
  } else {
    for (var k = first - radius; k <= first + 3 + radius; k++) {
      weights = vec4<f32>(params[weight], weights.xyz);
      weight += 1u;
      sum += weights * source[line + mirrored(k) * size.step];
    }
  }
  for (var i = 0; i < min(4, n - first); i++) {
    target_[line + u32(first + i) * size.step] = sum[i];
  }
}`,
};
