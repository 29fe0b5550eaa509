/**
 * A volume read at the voxel centres of another grid, through both affines: by trilinear
 * interpolation, or as the mean over the nearest voxels of sub-voxels where the grid is the coarser
 * one (so that it does not alias). Outside of the volume stands its smallest value.
 */
import { invertAffine, voxelSizes } from '../nifti/matrix.ts';
import type { Affine, Shape3, Volume } from '../volume.ts';

/** Sub-voxels along an axis, at most. */
const FINEST = 4;

export interface OnGrid {
  /** Shape of the grid, C order. */
  readonly data: Float32Array<ArrayBuffer>;
  /** Per voxel of the grid: 1 where its centre lies inside the volume, else 0. */
  readonly inside: Uint8Array<ArrayBuffer>;
}

export interface GridOf {
  readonly shape: Shape3;
  readonly affine: Affine;
}

/**
 * @param volume - what is read; voxels that hold no finite number count as its smallest value
 * @param grid - where it is read
 * @param finest - sub-voxels along an axis, at most; 1 for a volume that is smooth already
 * @throws NIFTI_AFFINE for a volume whose affine has no inverse
 */
export function onGrid(volume: Volume, grid: GridOf, finest = FINEST): OnGrid {
  return gridReader(volume)(grid, finest);
}

/** As `onGrid`, for several grids: what is asked of the volume alone is asked once. */
export function gridReader(volume: Volume): (grid: GridOf, finest?: number) => OnGrid {
  const inverse = invertAffine(volume.affine);
  const read = reader(volume);
  return (grid, finest = FINEST) => readGrid(volume, read, inverse, grid, finest);
}

function readGrid(
  volume: Volume,
  read: ReturnType<typeof reader>,
  inverse: Affine,
  grid: GridOf,
  finest: number,
): OnGrid {
  const toVolume = multiply(inverse, grid.affine);
  const spacing = voxelSizes(volume.affine);
  const coarse = voxelSizes(grid.affine);
  const parts = coarse.map((size, axis) =>
    Math.min(finest, Math.max(1, Math.round(size / (spacing[axis] ?? size)))),
  );
  const offsets = subVoxels(parts as unknown as Shape3, toVolume);
  // Between sub-voxels as fine as the volume itself there is nothing to interpolate.
  const valueAt = offsets.length > 3 ? read.nearest : read.between;
  const [X, Y, Z] = grid.shape;
  const data = new Float32Array(X * Y * Z);
  const inside = new Uint8Array(X * Y * Z);
  const at = (row: number, x: number, y: number, z: number): number =>
    (toVolume[4 * row] as number) * x +
    (toVolume[4 * row + 1] as number) * y +
    (toVolume[4 * row + 2] as number) * z +
    (toVolume[4 * row + 3] as number);
  let n = 0;
  for (let x = 0; x < X; x++) {
    for (let y = 0; y < Y; y++) {
      for (let z = 0; z < Z; z++, n++) {
        const i = at(0, x, y, z);
        const j = at(1, x, y, z);
        const k = at(2, x, y, z);
        inside[n] = read.isInside(i, j, k) ? 1 : 0;
        let sum = 0;
        for (let o = 0; o < offsets.length; o += 3) {
          sum += valueAt(
            i + (offsets[o] as number),
            j + (offsets[o + 1] as number),
            k + (offsets[o + 2] as number),
          );
        }
        data[n] = (3 * sum) / offsets.length;
      }
    }
  }
  return { data, inside };
}

/** @returns the smallest finite value; 0 where there is none. */
export function smallest(data: Float32Array): number {
  let least = Infinity;
  for (const value of data) if (value < least && Number.isFinite(value)) least = value;
  return least === Infinity ? 0 : least;
}

/** @returns the product of two affines, row-major. */
export function multiply(a: Affine, b: Affine): Affine {
  return Array.from({ length: 16 }, (_, n) => {
    const [row, column] = [Math.floor(n / 4), n % 4];
    let sum = 0;
    for (let k = 0; k < 4; k++) sum += (a[4 * row + k] as number) * (b[4 * k + column] as number);
    return sum;
  });
}

/** Places of the sub-voxels of one voxel of the grid, in voxels of the volume, one after the other. */
function subVoxels([a, b, c]: Shape3, affine: Affine): Float64Array {
  const place = (part: number, parts: number): number => (part + 0.5) / parts - 0.5;
  const all: number[] = [];
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++)
      for (let k = 0; k < c; k++) {
        const [u, v, w] = [place(i, a), place(j, b), place(k, c)];
        for (const row of [0, 4, 8]) {
          const [p = 0, q = 0, r = 0] = affine.slice(row, row + 3);
          all.push(p * u + q * v + r * w);
        }
      }
  return Float64Array.from(all);
}

/** Rounding must not put the last voxel outside of its own grid. */
const EDGE = 1e-4;

/** A loop over voxels runs a million times a scan: plain numbers, no arrays. */
function reader({ data, shape }: Volume) {
  const [X, Y, Z] = shape;
  const [lastX, lastY, lastZ] = [X - 1, Y - 1, Z - 1];
  const outside = smallest(data);
  const isInside = (x: number, y: number, z: number): boolean =>
    !(x < -EDGE || y < -EDGE || z < -EDGE) &&
    !(x > lastX + EDGE || y > lastY + EDGE || z > lastZ + EDGE);
  const voxel = (n: number): number => {
    const value = data[n] as number;
    return Number.isFinite(value) ? value : outside;
  };
  const between = (x: number, y: number, z: number): number => {
    if (!isInside(x, y, z)) return outside;
    const i = lowest(x, lastX);
    const j = lowest(y, lastY);
    const k = lowest(z, lastZ);
    const n = (i * Y + j) * Z + k;
    const u = share(x - i);
    const v = share(y - j);
    const w = share(z - k);
    const alongZ = w > 0 ? 1 : 0;
    const near =
      v > 0 ? (1 - v) * line(n, w, alongZ) + v * line(n + Z, w, alongZ) : line(n, w, alongZ);
    if (u === 0) return near;
    const m = n + Y * Z;
    const far =
      v > 0 ? (1 - v) * line(m, w, alongZ) + v * line(m + Z, w, alongZ) : line(m, w, alongZ);
    return (1 - u) * near + u * far;
  };
  const line = (n: number, w: number, step: number): number =>
    step === 0 ? voxel(n) : (1 - w) * voxel(n) + w * voxel(n + step);
  const nearest = (x: number, y: number, z: number): number =>
    isInside(x, y, z) ? voxel((Math.round(x) * Y + Math.round(y)) * Z + Math.round(z)) : outside;
  return { isInside, between, nearest };
}

/** The voxel below a place; at the last one nothing is read beyond it. */
const lowest = (at: number, last: number): number =>
  Math.min(Math.max(Math.floor(at + EDGE), 0), last);

const share = (part: number): number => (part < EDGE ? 0 : part > 1 - EDGE ? 1 : part);
