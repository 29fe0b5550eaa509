/**
 * ClinicaDL's score of `quality-check pet-linear`: how little of a registered PET lies in a rim around
 * the brain. Min-max to 0..1, what is below 0.35 set to 0, and 1 minus the mean over the rim.
 */
import { CapsuleError, type Where } from '../errors.ts';
import type { Affine, Shape3, Volume } from '../volume.ts';
import { dilate } from './mask.ts';
import { onGrid } from './on-grid.ts';
import type { Template } from './template.ts';

/** Of the range: below it there is no brain. */
const DARK = 0.35;
/** Scores above it pass. */
export const PET_THRESHOLD = 0.9;
/** The rim begins and ends so many voxels of 3 mm outside of the template's outline. */
const RIM = { begins: 2, ends: 4 } as const;

/**
 * @param rim - 1 in the rim, else 0, on the volume's grid
 * @returns 0 to 1; NaN for a constant volume or an empty rim, as 1.6.1
 * @throws QUALITY_MASK for a rim of another shape
 */
export function petScore({ data, shape }: Volume, rim: Volume, where: Where = {}): number {
  if (rim.shape.join() !== shape.join()) {
    throw new CapsuleError('QUALITY_MASK', {
      ...{ ...where, expected: `a mask of ${shape.join(' x ')} voxels` },
      found: rim.shape.join(' x '),
    });
  }
  let [least, most] = [Infinity, -Infinity];
  for (const value of data) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (!(most > least)) return NaN;
  let [inRim, weight] = [0, 0];
  for (let n = 0; n < data.length; n++) {
    const share = rim.data[n] ?? 0;
    weight += share;
    const value = ((data[n] as number) - least) / (most - least);
    if (value >= DARK) inRim += value * share;
  }
  return weight === 0 ? NaN : 1 - inRim / weight;
}

/**
 * A rim of 6 to 12 mm around the brain of Colin27, on any grid in MNI space: in place of the mask that
 * ClinicaDL downloads, so the score is not the one that it gives.
 */
export function brainRim(template: Template, grid: { shape: Shape3; affine: Affine }): Volume {
  const { shape, affine, outline } = template;
  const inner = dilate(outline, shape, RIM.begins);
  const outer = dilate(inner, shape, RIM.ends - RIM.begins);
  const rim = Float32Array.from(outer, (value, n) => value - (inner[n] ?? 0));
  const { data } = onGrid({ data: rim, shape, affine }, grid, 1);
  return { ...grid, data: data.map((value) => (value >= 0.5 ? 1 : 0)) };
}
