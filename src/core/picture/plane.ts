/**
 * Pictures of a volume: one anatomical plane, sampled on a grid of pixels in millimetres. Pixels are
 * found in the volume through its affine, so that any axis order, voxel size and obliqueness gives
 * the same picture, and two volumes of different grids lie on each other. Neurological by default:
 * the person's left on the left; noses look to the right.
 */
import { invertAffine, transformPoint, type Vector3 } from '../nifti/matrix.ts';
import type { Affine, Shape3, Volume } from '../volume.ts';

export const PLANES = ['sagittal', 'coronal', 'axial'] as const;
export type Plane = (typeof PLANES)[number];

export interface Frame {
  readonly plane: Plane;
  /** Middle of the picture, millimetres RAS+. */
  readonly centre: Vector3;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Length of the side of a pixel. */
  readonly millimetres: number;
  /** The person's left on the right of coronal and axial pictures. */
  readonly radiological?: boolean;
}

/** Across (to the right) and up, as axes of millimetres: 0 left-right, 1 back-front, 2 foot-head. */
const AXES: Readonly<Record<Plane, readonly [across: 0 | 1, up: 1 | 2, through: 0 | 1 | 2]>> = {
  sagittal: [1, 2, 0],
  coronal: [0, 2, 1],
  axial: [0, 1, 2],
};

const HIGH = ['R', 'A', 'S'] as const;
const LOW = ['L', 'P', 'I'] as const;

/** Letters at the left, right, top and bottom edge of a picture. */
export function edgeLetters(plane: Plane, radiological = false): [string, string, string, string] {
  const [across, up] = AXES[plane];
  const isTurned = radiological && across === 0;
  const [left, right] = isTurned ? [HIGH[across], LOW[across]] : [LOW[across], HIGH[across]];
  return [left, right, HIGH[up], LOW[up]];
}

/** @returns the axis of millimetres that a plane is cut across: 0 left-right, 1 back-front, 2 foot-head */
export const axisThrough = (plane: Plane): 0 | 1 | 2 => AXES[plane][2];

/** Smallest box, millimetres, around the centres of all voxels. */
export function boxOf({ shape, affine }: { readonly shape: Shape3; readonly affine: Affine }): {
  readonly low: Vector3;
  readonly high: Vector3;
} {
  const ends = (axis: 0 | 1 | 2): number[] => [0, shape[axis] - 1];
  const corners = ends(0).flatMap((x) =>
    ends(1).flatMap((y) => ends(2).map((z) => transformPoint(affine, [x, y, z]))),
  );
  const along = (choose: (...values: number[]) => number): Vector3 => [
    choose(...corners.map(([x]) => x)),
    choose(...corners.map(([, y]) => y)),
    choose(...corners.map(([, , z]) => z)),
  ];
  return { low: along(Math.min), high: along(Math.max) };
}

/** The middle of a volume, millimetres. */
export function middleOf(volume: { readonly shape: Shape3; readonly affine: Affine }): Vector3 {
  const [x, y, z] = volume.shape;
  return transformPoint(volume.affine, [(x - 1) / 2, (y - 1) / 2, (z - 1) / 2]);
}

/**
 * A frame around a whole volume, cut where `at` lies.
 * @param width - pixels; the smaller scale of both axes is taken, so that nothing is cut off
 */
export function frameAround(
  volume: { readonly shape: Shape3; readonly affine: Affine },
  plane: Plane,
  at: Vector3,
  { width, height }: { readonly width: number; readonly height: number },
): Frame {
  const { low, high } = boxOf(volume);
  const [across, up, through] = AXES[plane];
  const middle = (axis: 0 | 1 | 2): number => (low[axis] + high[axis]) / 2;
  const centre: [number, number, number] = [middle(0), middle(1), middle(2)];
  centre[through] = at[through];
  const span = (axis: 0 | 1 | 2, pixels: number): number => (high[axis] - low[axis]) / (pixels - 1);
  const millimetres = Math.max(span(across, width), span(up, height), 1e-6);
  return { plane, centre, width, height, millimetres };
}

/** @returns where the middle of a pixel lies, millimetres; row 0 is at the top. */
export function placeOf(frame: Frame, column: number, row: number): Vector3 {
  const { plane, centre, width, height, millimetres, radiological = false } = frame;
  const [across, up] = AXES[plane];
  const turn = radiological && across === 0 ? -1 : 1;
  const place: [number, number, number] = [...centre];
  place[across] += turn * (column - (width - 1) / 2) * millimetres;
  place[up] += ((height - 1) / 2 - row) * millimetres;
  return place;
}

/** @returns the pixel of a place, not rounded: the inverse of `placeOf` */
export function pixelOf(frame: Frame, at: Vector3): [column: number, row: number] {
  const { plane, centre, width, height, millimetres, radiological = false } = frame;
  const [across, up] = AXES[plane];
  const turn = radiological && across === 0 ? -1 : 1;
  return [
    (width - 1) / 2 + (turn * (at[across] - centre[across])) / millimetres,
    (height - 1) / 2 - (at[up] - centre[up]) / millimetres,
  ];
}

/**
 * Trilinear interpolation; NaN outside of the volume, but for half a voxel around it.
 * @returns values, row by row from the top left
 */
export function samplePlane(volume: Volume, frame: Frame): Float32Array<ArrayBuffer> {
  const { width, height } = frame;
  const inverse = invertAffine(volume.affine);
  const start = transformPoint(inverse, placeOf(frame, 0, 0));
  const minus = (a: Vector3, b: Vector3): Vector3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
  const step = minus(transformPoint(inverse, placeOf(frame, 1, 0)), start);
  const line = minus(transformPoint(inverse, placeOf(frame, 0, 1)), start);
  const pixels = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      pixels[row * width + column] = valueAt(
        volume,
        start[0] + column * step[0] + row * line[0],
        start[1] + column * step[1] + row * line[1],
        start[2] + column * step[2] + row * line[2],
      );
    }
  }
  return pixels;
}

/** Numbers such as 1e-15 of a product of matrices are no place outside. */
const EDGE = 0.5 + 1e-6;

function valueAt({ data, shape }: Volume, x: number, y: number, z: number): number {
  const [nx, ny, nz] = shape;
  if (x < -EDGE || y < -EDGE || z < -EDGE) return NaN;
  if (x > nx - 1 + EDGE || y > ny - 1 + EDGE || z > nz - 1 + EDGE) return NaN;
  const [x0, x1, u] = neighbours(x, nx);
  const [y0, y1, v] = neighbours(y, ny);
  const [z0, z1, w] = neighbours(z, nz);
  const at = (i: number, j: number, k: number): number => data[(i * ny + j) * nz + k] ?? NaN;
  const along = (i: number, j: number): number => at(i, j, z0) * (1 - w) + at(i, j, z1) * w;
  const across = (i: number): number => along(i, y0) * (1 - v) + along(i, y1) * v;
  return across(x0) * (1 - u) + across(x1) * u;
}

function neighbours(place: number, length: number): [low: number, high: number, share: number] {
  const held = Math.min(Math.max(place, 0), length - 1);
  const low = Math.floor(held);
  return [low, Math.min(low + 1, length - 1), held - low];
}
