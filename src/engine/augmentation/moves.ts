/** Transforms that move whole voxels or resample along single axes, and those that change the size. */
import type { Tensor } from '@tensorflow/tfjs';
import { CapsuleError } from '../../core/errors.ts';
import type { Values } from '../../core/augmentation/pipeline.ts';
import { uninitialised } from '../device/tfjs-backend.ts';
import { dispatch } from '../kernels/dispatch.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { numbers } from '../kernels/storage.ts';
import { packed } from './params.ts';
import type { Geometry } from './transforms.ts';
import { map, mapKernel, sizeOf, type Shape } from './wgsl.ts';

type Samples = readonly (Values | undefined)[];
const list = (values: Values, key: string) => values[key] as readonly number[];

/** y[i] = x[i + shift], 0 from outside. */
export function cropPad(input: Tensor, { shape, axes }: Geometry, samples: Samples): Tensor {
  const rows = samples.map((values) => {
    const shift = values && list(values, 'shift');
    return shift && [shift[0] ?? 0, shift[1] ?? 0, axes === 2 ? 0 : (shift[2] ?? 0)];
  });
  return map(SHIFT, input, shape, packed(rows));
}

const SHIFT = mapKernel(
  'shift',
  `
    let from_z = z + shift.z;
    let held_z = clamp(from_z, 0, last.z);
    let there = source[origin_line + u32(held_z) * size.C + u32(c)];
    value = select(0.0, there, on_line & (held_z == from_z));`,
  {
    setup: `
  let shift = vec3<i32>(vec3<f32>(params[p + 1u], params[p + 2u], params[p + 3u]));
  let last = vec3<i32>(i32(size.X), i32(size.Y), i32(size.Z)) - 1;
  let origin = vec2<i32>(x, y) + shift.xy;
  let held = clamp(origin, vec2<i32>(0), last.xy);
  let on_line = all(held == origin);
  let origin_line = index_of(base, held.x, held.y, 0, 0);`,
  },
);

export function flip(input: Tensor, { shape }: Geometry, samples: Samples): Tensor {
  const rows = samples.map(
    (values) => values && [0, 1, 2].map((axis) => (list(values, 'axes').includes(axis) ? 1 : 0)),
  );
  return map(FLIP, input, shape, packed(rows));
}

const FLIP = mapKernel(
  'flip',
  `
    let fx = select(x, i32(size.X) - 1 - x, params[p + 1u] == 1.0);
    let fy = select(y, i32(size.Y) - 1 - y, params[p + 2u] == 1.0);
    let fz = select(z, i32(size.Z) - 1 - z, params[p + 3u] == 1.0);
    value = source[index_of(base, fx, fy, fz, c)];`,
);

/**
 * Along an axis of N voxels, ceil(N / factor) coarse ones, each the nearest voxel to its middle, and
 * straight lines between their middles; the outermost go on as they are.
 */
export function anisotropy(input: Tensor, { shape }: Geometry, samples: Samples): Tensor {
  const rows = samples.map(
    (values) => values && [Number(values['axis']), Number(values['factor'])],
  );
  return map(ANISOTROPY, input, shape, packed(rows));
}

const ANISOTROPY = mapKernel(
  'anisotropy',
  `
    let axis = u32(params[p + 1u]);
    let factor = params[p + 2u];
    var v = vec3<i32>(x, y, z);
    let length = f32(vec3<u32>(size.X, size.Y, size.Z)[axis]);
    let most = ceil(length / factor) - 1.0;
    let q = clamp((f32(v[axis]) + 0.5) / factor - 0.5, 0.0, most);
    let coarse = floor(q);
    v[axis] = fine(coarse, factor, length);
    let low = source[index_of(base, v.x, v.y, v.z, c)];
    v[axis] = fine(min(coarse + 1.0, most), factor, length);
    value = mix(low, source[index_of(base, v.x, v.y, v.z, c)], q - coarse);`,
  {
    helpers: `
fn fine(coarse: f32, factor: f32, length: f32) -> i32 {
  return i32(clamp(floor((coarse + 0.5) * factor), 0.0, length - 1.0));
}`,
  },
);

/** Crops or pads about the centre: the odd voxel goes to the end when padding, and from it when cropping. */
export function cropOrPad(input: Tensor, geometry: Geometry, samples: Samples): Tensor {
  const values = common(samples, 'CropOrPad');
  const to = [...list(values, 'shape'), 1].slice(0, 3);
  const from = geometry.shape.slice(1, 4);
  const start = to.map((length, axis) => {
    const less = (from[axis] ?? 1) - length;
    return less >= 0 ? Math.floor(less / 2) : -Math.floor(-less / 2);
  });
  return resized(input, geometry.shape, to, [1, 1, 1, ...start, 0, Number(values['value'])]);
}

/** Trilinear, over the same extent: the middles of the outermost voxels may lie outside, and are held. */
export function resample(input: Tensor, geometry: Geometry, samples: Samples): Tensor {
  const values = common(samples, 'Resample');
  const factors = [...list(values, 'factor'), 1].slice(0, 3);
  const from = geometry.shape.slice(1, 4);
  const to = factors.map((factor, axis) =>
    Math.max(1, Math.ceil((from[axis] ?? 1) / factor - 1e-9)),
  );
  const start = factors.map((factor) => 0.5 * factor - 0.5);
  return resized(input, geometry.shape, to, [...factors, ...start, 1, 0]);
}

/** The values of all samples, since a batch has one size. */
function common(samples: Samples, name: string): Values {
  const [first] = samples;
  if (
    first !== undefined &&
    samples.every((one) => JSON.stringify(one) === JSON.stringify(first))
  ) {
    return first;
  }
  throw new CapsuleError('CONFIG_VALUE', {
    expected: `${name} to be the same for every image of a batch, since it changes the size`,
    found: 'another one, or none, for some',
  });
}

/** @param how - three factors, three starts, whether edges are held, and what is outside */
function resized(
  input: Tensor,
  shape: Shape,
  to: readonly number[],
  how: readonly number[],
): Tensor {
  const [batch, X, Y, Z, C] = shape;
  const [U = 1, V = 1, W = 1] = to;
  const target = uninitialised([batch, U, V, W, C]);
  const params = packed([how]);
  const items = sizeOf([batch, U, V, W, C]);
  dispatch(RESIZE, [input, params.tensor, target], { items, X, Y, Z, C, U, V, W }, batch);
  return target;
}

const RESIZE: Kernel<'items' | 'X' | 'Y' | 'Z' | 'C' | 'U' | 'V' | 'W'> = {
  key: 'augmentation-resize',
  bindings: [numbers('source'), numbers('params'), numbers('target_', 'read_write')],
  sizes: ['items', 'X', 'Y', 'Z', 'C', 'U', 'V', 'W'],
  code: () => `
fn work(item: u32, layer: u32) {
  let c = item % size.C;
  let voxel = item / size.C;
  let at = vec3<f32>(vec3<u32>(voxel / (size.W * size.V), (voxel / size.W) % size.V, voxel % size.W));
  let q = at * vec3<f32>(params[1], params[2], params[3]) + vec3<f32>(params[4], params[5], params[6]);
  let last = vec3<f32>(vec3<u32>(size.X, size.Y, size.Z)) - 1.0;
  let k = clamp(q, vec3<f32>(0.0), last);
  let low = vec3<u32>(k);
  let high = min(low + 1u, vec3<u32>(last));
  let t = k - floor(k);
  var sum = 0.0;
  for (var i = 0u; i < 8u; i++) {
    let upper = vec3<u32>(i & 1u, (i >> 1u) & 1u, i >> 2u) == vec3<u32>(1u);
    let v = select(low, high, upper);
    let w = select(1.0 - t, t, upper);
    let origin = ((layer * size.X + v.x) * size.Y + v.y) * size.Z + v.z;
    sum += w.x * w.y * w.z * source[origin * size.C + c];
  }
  let is_held = (params[7] != 0.0) | all(k == q);
  target_[layer * size.items + item] = select(params[8], sum, is_held);
}`,
};
