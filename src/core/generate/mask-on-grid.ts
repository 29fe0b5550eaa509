/**
 * A mask on the voxels of another volume: the nearest voxel of the mask, in space. A mask of as many
 * voxels as the volume is taken voxel by voxel, whatever its affine says, as ClinicaDL 1.6.1 does.
 */
import { invertAffine, transformPoint } from '../nifti/matrix.ts';
import type { Volume } from '../volume.ts';
import type { Grid } from './ellipsoids.ts';

/** A mask is inside from here on: one that was interpolated before is cut at half its height. */
const INSIDE = 0.5;

/** @returns 1 inside, 0 outside and where the mask has no voxel; C order. */
export function maskOnGrid(mask: Volume, { shape, affine }: Grid): Uint8Array<ArrayBuffer> {
  const [X, Y, Z] = shape;
  if (mask.shape.join() === shape.join()) {
    return Uint8Array.from(mask.data, (value) => Number(value >= INSIDE));
  }
  const [A, B, C] = mask.shape;
  const toMask = invertAffine(mask.affine);
  const voxels = new Uint8Array(X * Y * Z);
  for (let i = 0, n = 0; i < X; i++)
    for (let j = 0; j < Y; j++)
      for (let k = 0; k < Z; k++, n++) {
        const place = transformPoint(toMask, transformPoint(affine, [i, j, k]));
        const [a, b, c] = place.map(Math.round) as [number, number, number];
        if (a < 0 || b < 0 || c < 0 || a >= A || b >= B || c >= C) continue;
        if ((mask.data[(a * B + b) * C + c] as number) >= INSIDE) voxels[n] = 1;
      }
  return voxels;
}
