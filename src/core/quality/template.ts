/**
 * What scans are compared with: Colin27 on Clinica's cropped t1-linear field of view at 3 mm, once
 * without its skull and once with it, so that brain-extracted and whole volumes both find their like.
 */
import { convolve, gaussian } from '../sample/base.ts';
import type { Affine, Shape3, Volume } from '../volume.ts';
import { centre, dilate, outline, type Mask } from './mask.ts';

export type TemplateKind = 'brain' | 'head';

/** Smoothing before a comparison, in voxels of the template: people differ in their gyri. */
const SIGMA = 1;
/** The rim around the outline that is compared too, in voxels. */
const RIM = 2;

export interface Template {
  readonly kind: TemplateKind;
  readonly shape: Shape3;
  readonly affine: Affine;
  /** Smoothed intensities. */
  readonly data: Float32Array<ArrayBuffer>;
  readonly outline: Mask;
  /** The outline and its rim: where intensities are compared. */
  readonly compared: Mask;
  /** Of the outline, mm. */
  readonly centre: readonly [number, number, number];
}

/** @param volume - brain or head in MNI space */
export function makeTemplate(kind: TemplateKind, volume: Volume): Template {
  const { shape, affine } = volume;
  const mask = outline(volume.data, shape);
  return {
    ...{ kind, shape, affine, outline: mask },
    data: smoothed(volume.data, shape),
    compared: dilate(mask, shape, RIM),
    centre: centre(mask, shape, affine) ?? [0, 0, 0],
  };
}

/** @returns the volume after the smoothing that comparisons are made with. */
export function smoothed(
  data: Float32Array<ArrayBuffer>,
  shape: Shape3,
): Float32Array<ArrayBuffer> {
  const taps = gaussian(SIGMA);
  let out = data;
  for (const axis of [0, 1, 2] as const) out = convolve(out, shape, axis, taps);
  return out;
}

/** @returns Pearson's correlation over the voxels of a mask, -1 to 1; 0 where one side is constant. */
export function correlation(a: Float32Array, b: Float32Array, mask: Uint8Array): number {
  let [count, sumA, sumB] = [0, 0, 0];
  for (let n = 0; n < mask.length; n++) {
    if (mask[n] !== 1) continue;
    count += 1;
    sumA += a[n] as number;
    sumB += b[n] as number;
  }
  const [meanA, meanB] = [sumA / count, sumB / count];
  let [both, squareA, squareB] = [0, 0, 0];
  for (let n = 0; n < mask.length; n++) {
    if (mask[n] !== 1) continue;
    const [p, q] = [(a[n] as number) - meanA, (b[n] as number) - meanB];
    both += p * q;
    squareA += p * p;
    squareB += q * q;
  }
  return squareA > 0 && squareB > 0 ? both / Math.sqrt(squareA * squareB) : 0;
}
