/**
 * From a header to the affine: the sform when its code is positive, else the qform, else the voxel
 * size alone, with the origin in the middle and x to the left, as nibabel's `get_best_affine` does.
 * Affines are row-major 4 x 4, voxel indices to millimetres, RAS+ (`../volume.ts`).
 */
import { CapsuleError, describe, type Problem, type Where } from '../errors.ts';
import type { Affine, Shape3 } from '../volume.ts';
import type { Orientation } from './header.ts';
import { angleBetween, columns, determinant, norm, transformPoint } from './matrix.ts';

export type AffineFrom = 'sform' | 'qform' | 'pixdim';

export interface ChosenAffine {
  readonly affine: Affine;
  readonly affineFrom: AffineFrom;
  /** The warning NIFTI_AFFINES_DISAGREE, or nothing. */
  readonly problems: readonly Problem[];
}

const MAX_MILLIMETRES = 0.1;
const MAX_DEGREES = 0.1;
/** A quaternion stored as float32 may be longer than 1 by rounding: nibabel's limit. */
const QUATERNION_SLACK = 3 * 2 ** -23;

/** @throws NIFTI_AFFINE when the chosen affine is not finite or cannot be inverted. */
export function chooseAffine(header: Orientation, where: Where): ChosenAffine {
  const qform = header.qformCode > 0 ? qformAffine(header) : undefined;
  const affineFrom =
    header.sformCode > 0 ? 'sform' : header.qformCode > 0 ? 'qform' : ('pixdim' as const);
  const affine = { sform: sformAffine(header), qform, pixdim: baseAffine(header) }[affineFrom];
  if (affine === undefined || !isInvertible(affine)) {
    throw new CapsuleError('NIFTI_AFFINE', {
      ...where,
      expected: `a finite ${affineFrom} that can be inverted`,
      found: affine?.slice(0, 12).join(' ') ?? `quaternion ${header.quaternion.join(' ')}`,
    });
  }
  const both = affineFrom === 'sform' && header.qformCode > 0;
  const found = both ? disagreement(affine, qform, header.shape) : undefined;
  const expected = `at most ${MAX_MILLIMETRES} mm and ${MAX_DEGREES} degrees apart`;
  const problems =
    found === undefined ? [] : [describe('NIFTI_AFFINES_DISAGREE', { ...where, expected, found })];
  return { affine, affineFrom, problems };
}

function sformAffine({ srows }: Orientation): Affine {
  return [...srows, 0, 0, 0, 1];
}

/**
 * Rotation from the quaternion, times voxel size (nifti1.h, method 2).
 * @returns undefined when (b, c, d) is no part of a unit quaternion.
 */
function qformAffine({ quaternion, qoffset, voxelSize, qfac }: Orientation): Affine | undefined {
  const [b, c, d] = quaternion;
  const rest = 1 - (b * b + c * c + d * d);
  if (!(rest >= -QUATERNION_SLACK)) return undefined;
  const a = Math.sqrt(Math.max(0, rest));
  const s = 2 / (a * a + b * b + c * c + d * d);
  const [i, j, k] = [voxelSize[0], voxelSize[1], voxelSize[2] * qfac];
  const [x, y, z] = qoffset;
  return [
    ...[(1 - s * (c * c + d * d)) * i, s * (b * c - a * d) * j, s * (b * d + a * c) * k, x],
    ...[s * (b * c + a * d) * i, (1 - s * (b * b + d * d)) * j, s * (c * d - a * b) * k, y],
    ...[s * (b * d - a * c) * i, s * (c * d + a * b) * j, (1 - s * (b * b + c * c)) * k, z],
    ...[0, 0, 0, 1],
  ];
}

function baseAffine({ voxelSize: [i, j, k], shape: [x, y, z] }: Orientation): Affine {
  const middle = (size: number, voxel: number): number => ((size - 1) / 2) * voxel;
  return [
    ...[-i, 0, 0, middle(x, i)],
    ...[0, j, 0, -middle(y, j)],
    ...[0, 0, k, -middle(z, k)],
    ...[0, 0, 0, 1],
  ];
}

/** @returns whether all numbers are finite and the axes are not flat, relative to their lengths. */
function isInvertible(affine: Affine): boolean {
  const volume = columns(affine).reduce((product, column) => product * norm(column), 1);
  return affine.every(Number.isFinite) && Math.abs(determinant(affine)) > 1e-6 * volume;
}

/** @returns by how much the two differ at the corners of the volume, when that is too much. */
function disagreement(sform: Affine, qform: Affine | undefined, shape: Shape3): string | undefined {
  if (qform === undefined || !isInvertible(qform)) return 'a qform that is not a rotation';
  const axes = columns(qform);
  const degrees = Math.max(
    ...columns(sform).map((column, axis) => angleBetween(column, axes[axis] as Shape3)),
  );
  const ends = shape.map((size) => [0, size - 1]) as [number[], number[], number[]];
  const corners = ends[0].flatMap((x) =>
    ends[1].flatMap((y) => ends[2].map((z): Shape3 => [x, y, z])),
  );
  const millimetres = Math.max(...corners.map((corner) => distance(sform, qform, corner)));
  if (millimetres <= MAX_MILLIMETRES && degrees <= MAX_DEGREES) return undefined;
  return `${millimetres.toPrecision(3)} mm and ${degrees.toPrecision(3)} degrees`;
}

function distance(one: Affine, other: Affine, point: Shape3): number {
  const [a, b] = [transformPoint(one, point), transformPoint(other, point)];
  return norm([a[0] - b[0], a[1] - b[1], a[2] - b[2]]);
}
