/**
 * Resampling by trilinear interpolation at a rigid, affine or bent grid. Positions up to half a voxel
 * outside take the edge (as ITK does); beyond, the least intensity of the image. Angles are Euler's,
 * R = Rz Rx Ry, right-handed about the axes of the array.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { packed } from './params.ts';
import { LEAST, statistics } from './statistics.ts';
import { map, mapKernel, type Shape } from './wgsl.ts';

/** Rows of a 3 x 4 matrix, one after the other: from voxels of the output to those of the input. */
export type Matrix = readonly number[];

type Triple = readonly [number, number, number];

/** @returns rows of a 3 x 3 matrix @param degrees - about x, y, z */
export function rotation(degrees: readonly number[]): number[] {
  const [a = 0, b = 0, c = 0] = degrees.map((angle) => (angle * Math.PI) / 180);
  const [sa, ca, sb, cb, sc, cc] = [a, b, c].flatMap((angle) => [Math.sin(angle), Math.cos(angle)]);
  return product3(
    [cc ?? 1, -(sc ?? 0), 0, sc ?? 0, cc ?? 1, 0, 0, 0, 1],
    product3(
      [1, 0, 0, 0, ca ?? 1, -(sa ?? 0), 0, sa ?? 0, ca ?? 1],
      [cb ?? 1, 0, sb ?? 0, 0, 1, 0, -(sb ?? 0), 0, cb ?? 1],
    ),
  );
}

/**
 * A movement as TorchIO's motion has it: the input is read at R (x - c) + c + t, c being half the
 * size, with x and y axes that point the other way (ITK's patient coordinates).
 */
export function motionMatrix(
  degrees: readonly number[],
  translation: readonly number[],
  size: Triple,
): number[] {
  const [x = 0, y = 0, z = 0] = degrees;
  const [u = 0, v = 0, w = 0] = translation;
  const centre: Triple = [size[0] / 2, size[1] / 2, size[2] / 2];
  return about(rotation([-x, -y, z]), centre, [-u, -v, w]);
}

/**
 * An object is scaled and turned about the centre of the image, then shifted.
 * @returns where each voxel of the output is read
 */
export function affineMatrix(
  scales: readonly number[],
  degrees: readonly number[],
  translation: readonly number[],
  size: Triple,
): number[] {
  const r = rotation(degrees);
  // S^-1 R^T
  const inverse = Array.from({ length: 9 }, (_, i) => {
    const [row, column] = [Math.floor(i / 3), i % 3];
    return (r[column * 3 + row] ?? 0) / (scales[row] ?? 1);
  });
  const shifted = [0, 1, 2].map((row) =>
    [0, 1, 2].reduce(
      (sum, column) => sum - (inverse[row * 3 + column] ?? 0) * (translation[column] ?? 0),
      0,
    ),
  );
  const [x, y, z] = size;
  return about(inverse, [(x - 1) / 2, (y - 1) / 2, (z - 1) / 2], shifted);
}

/**
 * @param matrices - of each sample
 * @param isDifference - gives what is resampled less the input itself (0 without a matrix)
 * @returns a new tensor
 */
export function warp(
  source: Tensor,
  shape: Shape,
  matrices: readonly (Matrix | undefined)[],
  isDifference = false,
): Tensor {
  const params = packed(
    matrices.map((matrix) => [
      ...(matrix ?? [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]),
      isDifference ? 1 : 0,
      matrix === undefined ? 1 : 0,
    ]),
  );
  const least = statistics(source, shape);
  return map(AFFINE, source, shape, params, least);
}

/**
 * @param grids - of each sample: points of the grid an axis, number of axes, and displacements of
 * every point, x y z fastest
 */
export function bend(
  source: Tensor,
  shape: Shape,
  grids: readonly (readonly number[] | undefined)[],
): Tensor {
  const params = packed(grids);
  return map(ELASTIC, source, shape, params, statistics(source, shape));
}

/** WGSL: the input at a position, or what stands outside. */
const SAMPLED = `
fn sampled(base: u32, q: vec3<f32>, c: i32, outside: f32) -> f32 {
  let last = vec3<f32>(f32(size.X), f32(size.Y), f32(size.Z)) - 1.0;
  let k = clamp(q, vec3<f32>(0.0), last);
  let low = floor(k);
  let t = k - low;
  let steps = vec3<u32>(size.Y * size.Z * size.C, size.Z * size.C, size.C);
  let more = select(vec3<u32>(0u), steps, low < last);
  let start = vec3<u32>(low) * steps;
  let a = base + start.x + start.y + start.z + u32(c);
  let b = a + more.y;
  let d = a + more.x;
  let e = b + more.x;
  let x0 = mix(mix(source[a], source[a + more.z], t.z), mix(source[b], source[b + more.z], t.z), t.y);
  let x1 = mix(mix(source[d], source[d + more.z], t.z), mix(source[e], source[e + more.z], t.z), t.y);
  let inside = all(q >= vec3<f32>(-0.5)) & all(q < last + 0.5);
  return select(outside, mix(x0, x1, t.x), inside);
}`;

const AFFINE = mapKernel(
  'affine',
  `
    let moved = sampled(base, q0 + f32(z) * along, c, outside);
    value = select(moved, old, unmoved) - select(0.0, old, less);`,
  {
    extra: true,
    helpers: SAMPLED,
    setup: `
  let outside = extra[layer * 5u + ${LEAST}u];
  let along = vec3<f32>(params[p + 3u], params[p + 7u], params[p + 11u]);
  let q0 = f32(x) * vec3<f32>(params[p + 1u], params[p + 5u], params[p + 9u])
    + f32(y) * vec3<f32>(params[p + 2u], params[p + 6u], params[p + 10u])
    + vec3<f32>(params[p + 4u], params[p + 8u], params[p + 12u]);
  let less = params[p + 13u] != 0.0;
  let unmoved = params[p + 14u] != 0.0;`,
  },
);

const ELASTIC = mapKernel(
  'elastic',
  `
    let n = params[p + 1u];
    let axes = u32(params[p + 2u]);
    let spans = n - 3.0;
    let last = max(vec3<f32>(f32(size.X), f32(size.Y), f32(size.Z)) - 1.0, vec3<f32>(1.0));
    let u = vec3<f32>(f32(x), f32(y), f32(z)) / last * spans;
    let cell = min(floor(u), vec3<f32>(spans - 1.0));
    let t = u - cell;
    let count = u32(n);
    let depth = select(4u, 1u, axes == 2u);
    var d = vec3<f32>(0.0);
    for (var i = 0u; i < 4u; i++) {
      for (var j = 0u; j < 4u; j++) {
        for (var k = 0u; k < depth; k++) {
          let flat_point = (u32(cell.x) + i) * count + u32(cell.y) + j;
          let point = select(flat_point * count + u32(cell.z) + k, flat_point, axes == 2u);
          let weight = spline(t.x, i) * spline(t.y, j) * select(spline(t.z, k), 1.0, axes == 2u);
          let at_point = p + 3u + point * axes;
          d += weight * vec3<f32>(params[at_point], params[at_point + 1u],
            select(params[at_point + axes - 1u], 0.0, axes == 2u));
        }
      }
    }
    value = sampled(base, vec3<f32>(f32(x), f32(y), f32(z)) + d, c, extra[layer * 5u + ${LEAST}u]);`,
  {
    extra: true,
    helpers: `${SAMPLED}
fn spline(t: f32, i: u32) -> f32 {
  let s = 1.0 - t;
  let inner = select(
    (3.0 * s * s * s - 6.0 * s * s + 4.0),
    (3.0 * t * t * t - 6.0 * t * t + 4.0), i == 1u);
  let outer = select(t * t * t, s * s * s, i == 0u);
  return select(inner, outer, i == 0u || i == 3u) / 6.0;
}`,
  },
);

function product3(left: readonly number[], right: readonly number[]): number[] {
  return Array.from({ length: 9 }, (_, i) => {
    const [row, column] = [Math.floor(i / 3), i % 3];
    return [0, 1, 2].reduce(
      (sum, k) => sum + (left[row * 3 + k] ?? 0) * (right[k * 3 + column] ?? 0),
      0,
    );
  });
}

/** x to L (x - c) + c + t. */
function about(linear: readonly number[], centre: Triple, shift: readonly number[]): number[] {
  return [0, 1, 2].flatMap((row) => {
    const own = [0, 1, 2].map((column) => linear[row * 3 + column] ?? 0);
    const moved = own.reduce((sum, one, column) => sum + one * (centre[column] ?? 0), 0);
    return [...own, (centre[row] ?? 0) - moved + (shift[row] ?? 0)];
  });
}
