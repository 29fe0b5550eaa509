/**
 * `generate hypometabolic`: PET scans that take up less tracer where a pathology is known to lower it:
 * the scan times a mask of 1 outside and 1 - degree/100 inside, its border made soft by a Gaussian.
 */
import type { Shape3 } from '../volume.ts';
import { gaussianFilter } from './gaussian-filter.ts';

export interface HypometabolismOptions {
  /** Percent of the uptake that is lost inside, 0 to 100. */
  readonly degree: number;
  /** Of the Gaussian, voxels. */
  readonly sigma: number;
}

/**
 * The same for every scan of a shape.
 * @param mask - 1 inside, C order
 * @returns what to multiply each voxel by
 */
export function uptakeFactors(
  mask: Uint8Array,
  shape: Shape3,
  { degree, sigma }: HypometabolismOptions,
): Float32Array<ArrayBuffer> {
  const factors = Float32Array.from(mask, (inside) => (inside === 1 ? 1 - degree / 100 : 1));
  return gaussianFilter(factors, shape, sigma);
}

export function withFactors(
  scan: Float32Array<ArrayBuffer>,
  factors: Float32Array,
): Float32Array<ArrayBuffer> {
  return scan.map((value, at) => value * (factors[at] as number));
}
