/**
 * The voxel grids of sample brains: Clinica's cropped t1-linear field of view, at coarser voxels.
 * All of them share their lowest corner, so that volumes of different voxel sizes overlay.
 */
import { CapsuleError } from '../errors.ts';
import type { Affine, Shape3 } from '../volume.ts';

export interface Grid {
  readonly shape: Shape3;
  readonly affine: Affine;
  /** Edge of a voxel. */
  readonly millimetres: number;
  /** Centre of the first voxel, mm. */
  readonly origin: Shape3;
}

/** Outer corner of the first voxel, mm, RAS+: voxel centre (-83, -118, -77) at 3 mm. */
const CORNER: Shape3 = [-84.5, -119.5, -78.5];

const SHAPES: Readonly<Record<number, Shape3>> = {
  3: [56, 69, 60],
  4: [42, 52, 45],
  6: [28, 35, 30],
};

/**
 * @param millimetres - voxel size: 3, 4 or 6.
 * @returns shape [X, Y, Z] and affine of that grid.
 * @throws CONFIG_VALUE for another voxel size.
 */
export function sampleGrid(millimetres: number): Grid {
  const shape = SHAPES[millimetres];
  if (shape === undefined)
    throw new CapsuleError('CONFIG_VALUE', {
      expected: 'sample brains of 3, 4 or 6 mm',
      found: `${millimetres} mm`,
    });
  const m = millimetres;
  const [x, y, z] = CORNER.map((edge) => edge + m / 2) as [number, number, number];
  const affine = [m, 0, 0, x, 0, m, 0, y, 0, 0, m, z, 0, 0, 0, 1];
  return { shape, affine, millimetres, origin: [x, y, z] };
}
