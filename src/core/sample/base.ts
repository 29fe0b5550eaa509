/**
 * The base brain as something that can be read between its voxels: smoothed against aliasing for
 * the voxel size to be made, then read by trilinear interpolation; outside its grid there is 0.
 */
import { CapsuleError } from '../errors.ts';
import type { Shape3, Volume } from '../volume.ts';
import { sampleGrid } from './grid.ts';

/** Full width at half maximum of a Gaussian, in its standard deviations. */
const FWHM = 2.3548;
/** The grid on which the base brain is stored. */
export const BASE_GRID = sampleGrid(3);

/**
 * @param base - the brain of `public/sample`, 56 x 69 x 60 voxels of 3 mm.
 * @returns the brain at the resolution of `millimetres` voxels, on the same grid.
 * @throws CONFIG_VALUE when it is another volume.
 */
export function prepareBase(base: Volume, millimetres: number): Volume {
  const { shape, affine, millimetres: stored } = BASE_GRID;
  const same =
    base.shape.every((n, axis) => n === shape[axis]) &&
    base.affine.every((value, at) => Math.abs(value - (affine[at] as number)) < 1e-3);
  if (!same)
    throw new CapsuleError('CONFIG_VALUE', {
      expected: `a base brain of ${shape.join(' x ')} voxels of ${stored} mm`,
      found: base.shape.join(' x '),
    });
  if (millimetres <= stored) return base;
  const sigma = Math.sqrt(millimetres ** 2 - stored ** 2) / FWHM / stored;
  const kernel = gaussian(sigma);
  let data = base.data;
  for (const axis of [0, 1, 2] as const) data = convolve(data, base.shape, axis, kernel);
  return { ...base, data };
}

/** @returns the intensity at a fractional voxel index. */
export function readBetween({ data, shape }: Volume, x: number, y: number, z: number): number {
  const [X, Y, Z] = shape;
  if (x < 0 || y < 0 || z < 0 || x >= X - 1 || y >= Y - 1 || z >= Z - 1) return 0;
  const i = Math.floor(x);
  const j = Math.floor(y);
  const k = Math.floor(z);
  const u = x - i;
  const v = y - j;
  const w = z - k;
  const at = (i * Y + j) * Z + k;
  const along = (from: number): number =>
    (data[from] as number) + w * ((data[from + 1] as number) - (data[from] as number));
  const near = along(at) + v * (along(at + Z) - along(at));
  const far = along(at + Y * Z) + v * (along(at + Y * Z + Z) - along(at + Y * Z));
  return near + u * (far - near);
}

/** @returns the taps of a Gaussian, which sum to 1. @param sigma - in voxels */
export function gaussian(sigma: number): Float64Array {
  const reach = Math.ceil(3 * sigma);
  const taps = Float64Array.from({ length: 2 * reach + 1 }, (_, at) =>
    Math.exp(-((at - reach) ** 2) / (2 * sigma * sigma)),
  );
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

/** @returns the volume convolved along one axis; outside there is 0. */
export function convolve(
  data: Float32Array<ArrayBuffer>,
  shape: Shape3,
  axis: 0 | 1 | 2,
  kernel: Float64Array,
): Float32Array<ArrayBuffer> {
  const stride = [shape[1] * shape[2], shape[2], 1][axis] as number;
  const length = shape[axis];
  const reach = (kernel.length - 1) / 2;
  return data.map((_, n) => {
    const at = Math.floor(n / stride) % length;
    let sum = 0;
    for (let t = Math.max(-reach, -at); t <= Math.min(reach, length - 1 - at); t++)
      sum += (kernel[t + reach] as number) * (data[n + t * stride] as number);
    return sum;
  });
}
