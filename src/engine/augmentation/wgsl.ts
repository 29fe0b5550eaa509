/**
 * What the kernels of augmentation share. Every kernel works on a whole batch `[batch, X, Y, Z, C]`,
 * f32, one layer a sample, with numbers of its own for each sample (`params`, of which the first says
 * whether the sample takes part: one that does not is copied bit for bit). The numbers are a tensor
 * rather than uniforms, since they are new in every step.
 *
 * Sines and logarithms of WGSL are as coarse as a device likes (2^-11 for a sine); these are made of
 * multiplications and additions, within 2e-7 on every device.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { dispatch } from '../kernels/dispatch.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { numbers } from '../kernels/storage.ts';
import { uninitialised } from '../device/tfjs-backend.ts';

/** `[batch, X, Y, Z, C]`; slices have one plane. */
export type Shape = readonly [batch: number, x: number, y: number, z: number, channels: number];

/** Numbers of each sample, all of one length. */
export interface Params {
  /** `[batch * stride]` */
  readonly tensor: Tensor;
  readonly stride: number;
}

/** Voxels of a sample times channels. */
export const sizeOf = ([, x, y, z, channels]: Shape): number => x * y * z * channels;

const MAP_SIZES = ['items', 'stride', 'count', 'runs', 'X', 'Y', 'Z', 'C'] as const;

/** Voxels along the last axis that a thread makes: taking a number apart into x, y, z is what costs. */
const RUN = 8;

export interface MapOptions {
  /** WGSL functions. */
  readonly helpers?: string;
  /**
   * Reads what is the same for the whole run: outside of loops and branches drivers see that it is the
   * same for a whole group.
   */
  readonly setup?: string;
  /** Whether there is another buffer of numbers, `extra`, of any use. */
  readonly extra?: boolean;
}

/**
 * A kernel with a thread for a run of voxels. Its body, once a number, sets `value`, which is the old number at first, out of
 * `old`, `x, y, z, c` (i32), `base` (the first number of the sample), `p` (its first parameter) and
 * `size`.
 */
export function mapKernel(
  key: string,
  body: string,
  { helpers = '', setup = '', extra = false }: MapOptions = {},
): Kernel<(typeof MAP_SIZES)[number]> {
  return {
    key: `augmentation-${key}`,
    bindings: [
      numbers('source'),
      numbers('params'),
      ...(extra ? [numbers('extra')] : []),
      numbers('target_', 'read_write'),
    ],
    sizes: MAP_SIZES,
    repeatable: true,
    code: () => `
${helpers}
fn index_of(base: u32, x: i32, y: i32, z: i32, c: i32) -> u32 {
  return base + u32(((x * i32(size.Y) + y) * i32(size.Z) + z) * i32(size.C) + c);
}
fn work(item: u32, layer: u32) {
  let p = layer * size.stride;
  let base = layer * size.count;
  let line = item / size.runs;
  let x = i32(line / size.Y);
  let y = i32(line % size.Y);
  let start = (item % size.runs) * ${RUN}u;
  let taken = params[p] != 0.0;
  ${setup}
  var at = base + (line * size.Z + start) * size.C;
  for (var run = start; run < min(start + ${RUN}u, size.Z); run++) {
    let z = i32(run);
    for (var c = 0; c < i32(size.C); c++) {
      let old = source[at];
      var value = old;
      if (taken) {
    ${body}
      }
      target_[at] = value;
      at += 1u;
    }
  }
}`,
  };
}

/** @returns a new tensor of the batch's shape */
export function map(
  kernel: Kernel<(typeof MAP_SIZES)[number]>,
  source: Tensor,
  shape: Shape,
  params: Params,
  extra?: Tensor,
): Tensor {
  const target = uninitialised([...shape]);
  const [batch, X, Y, Z, C] = shape;
  const bound = [source, params.tensor, ...(extra === undefined ? [] : [extra]), target];
  const runs = Math.ceil(Z / RUN);
  const sizes = { items: X * Y * runs, runs, count: sizeOf(shape), stride: params.stride };
  dispatch(kernel, bound, { ...sizes, X, Y, Z, C }, batch);
  return target;
}

/** `cos_sin(turns)`: cosine and sine of so many whole turns, any number of them. */
export const COS_SIN = `
fn cos_sin(turns: f32) -> vec2<f32> {
  let quarters = turns * 4.0;
  let nearest = floor(quarters + 0.5);
  let quadrant = (i32(nearest) % 4 + 4) % 4;
  let a = (quarters - nearest) * 1.57079632679;
  let s = a * a;
  let sine = a * (1.0 + s * (-0.16666666667 + s * (0.0083333333 + s * (-0.00019841270 + s * 2.7557319e-6))));
  let cosine = 1.0 + s * (-0.5 + s * (0.041666666667 + s * (-0.0013888889 + s * (2.4801587e-5 - s * 2.7557319e-7))));
  let isOdd = (quadrant & 1) == 1;
  let c = select(cosine, sine, isOdd) * select(1.0, -1.0, quadrant == 1 || quadrant == 2);
  let d = select(sine, cosine, isOdd) * select(1.0, -1.0, quadrant == 2 || quadrant == 3);
  return vec2<f32>(c, d);
}`;

/** `natural_log(x)` of a positive normal number, by ln x = e ln 2 + 2 atanh((m - 1) / (m + 1)). */
export const NATURAL_LOG = `
fn natural_log(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  var exponent = f32(i32(bits >> 23u) - 127);
  var mantissa = bitcast<f32>((bits & 0x007fffffu) | 0x3f800000u);
  if (mantissa > 1.41421356) { mantissa = mantissa * 0.5; exponent = exponent + 1.0; }
  let t = (mantissa - 1.0) / (mantissa + 1.0);
  let s = t * t;
  let series = 1.0 + s * (0.33333333333 + s * (0.2 + s * (0.14285714286 + s * (0.11111111111 + s * 0.09090909091))));
  return exponent * 0.69314718056 + 2.0 * t * series;
}`;
