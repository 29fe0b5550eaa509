/**
 * Regions of the brain as ellipsoids in millimetres of MNI space (RAS+), which any grid with an affine
 * into that space can be asked about: no atlas and no mask has to be shipped or fetched. They are
 * approximate by intent. What changes inside them is known exactly, which is all that a method has
 * to be held against.
 */
import { transformPoint, type Vector3 } from '../nifti/matrix.ts';
import type { Affine, Shape3 } from '../volume.ts';

export interface Region {
  /** mm, x right, y anterior, z superior. */
  readonly centre: Vector3;
  /** Half-lengths along x, y and z, mm. */
  readonly halves: Vector3;
}

/** Where the voxels of a volume are. */
export interface Grid {
  readonly shape: Shape3;
  /** To mm. */
  readonly affine: Affine;
}

/** @returns 1 where the centre of a voxel lies in one of the regions, else 0; C order. */
export function regionVoxels(
  regions: readonly Region[],
  { shape, affine }: Grid,
): Uint8Array<ArrayBuffer> {
  const [X, Y, Z] = shape;
  const voxels = new Uint8Array(X * Y * Z);
  for (let i = 0, n = 0; i < X; i++)
    for (let j = 0; j < Y; j++)
      for (let k = 0; k < Z; k++, n++) {
        const point = transformPoint(affine, [i, j, k]);
        if (regions.some((region) => isInside(region, point))) voxels[n] = 1;
      }
  return voxels;
}

function isInside({ centre, halves }: Region, [x, y, z]: Vector3): boolean {
  const a = (x - centre[0]) / halves[0];
  const b = (y - centre[1]) / halves[1];
  const c = (z - centre[2]) / halves[2];
  return a * a + b * b + c * c < 1;
}

/** @returns the region and its mirror image beyond the midline. */
export function bothSides({ centre: [x, y, z], halves }: Region): Region[] {
  return [
    { centre: [x, y, z], halves },
    { centre: [-x, y, z], halves },
  ];
}
