/** Arithmetic of affines (row-major 4 x 4, last row 0 0 0 1) and what they say about the axes. */
import { CapsuleError } from '../errors.ts';
import type { Affine } from '../volume.ts';

export type Vector3 = readonly [number, number, number];

const at = (affine: Affine, row: number, column: number): number =>
  affine[4 * row + column] as number;

/** @returns the images of the three voxel axes, in millimetres per voxel. */
export function columns(affine: Affine): [Vector3, Vector3, Vector3] {
  const column = (axis: number): Vector3 => [
    at(affine, 0, axis),
    at(affine, 1, axis),
    at(affine, 2, axis),
  ];
  return [column(0), column(1), column(2)];
}

export const norm = ([x, y, z]: Vector3): number => Math.hypot(x, y, z);

const dot = (a: Vector3, b: Vector3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

const cross = (a: Vector3, b: Vector3): Vector3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** @returns degrees, 0 to 180; by atan2, which keeps small angles that acos would lose. */
export function angleBetween(a: Vector3, b: Vector3): number {
  return (Math.atan2(norm(cross(a, b)), dot(a, b)) * 180) / Math.PI;
}

/** @returns the determinant of the upper left 3 x 3: negative when the array is left-handed. */
export function determinant(affine: Affine): number {
  const [x, y, z] = columns(affine);
  return dot(x, cross(y, z));
}

/** @returns voxel indices in millimetres. */
export function transformPoint(affine: Affine, [x, y, z]: Vector3): Vector3 {
  const row = (r: number): number =>
    at(affine, r, 0) * x + at(affine, r, 1) * y + at(affine, r, 2) * z + at(affine, r, 3);
  return [row(0), row(1), row(2)];
}

/** @throws NIFTI_AFFINE when there is no inverse. */
export function invertAffine(affine: Affine): Affine {
  const [x, y, z] = columns(affine);
  const det = determinant(affine);
  if (det === 0 || !Number.isFinite(det)) {
    throw new CapsuleError('NIFTI_AFFINE', {
      expected: 'an affine that can be inverted',
      found: affine.slice(0, 12).join(' '),
    });
  }
  const rows = [cross(y, z), cross(z, x), cross(x, y)].map(([a, b, c]): Vector3 => [
    a / det,
    b / det,
    c / det,
  ]);
  const origin: Vector3 = [at(affine, 0, 3), at(affine, 1, 3), at(affine, 2, 3)];
  return [...rows.flatMap((row) => [...row, -dot(row, origin)]), 0, 0, 0, 1];
}

/** @returns millimetres between neighbouring voxels along each axis of the array. */
export function voxelSizes(affine: Affine): Vector3 {
  const [x, y, z] = columns(affine);
  return [norm(x), norm(y), norm(z)];
}

/**
 * @returns where the three axes of the array point, such as `RAS`: to the Right, Anterior, Superior.
 * Each axis takes the direction it is closest to, the clearest axis first.
 */
export function orientationLetters(affine: Affine): string {
  const pairs = columns(affine)
    .flatMap((column, axis) =>
      column.map((value, direction) => ({ axis, direction, cosine: value / norm(column) })),
    )
    .sort((a, b) => Math.abs(b.cosine) - Math.abs(a.cosine));
  const letters = ['', '', ''];
  const taken = new Set<number>();
  for (const { axis, direction, cosine } of pairs) {
    if (letters[axis] !== '' || taken.has(direction)) continue;
    taken.add(direction);
    letters[axis] = (cosine < 0 ? 'LPI' : 'RAS').charAt(direction);
  }
  return letters.join('');
}
