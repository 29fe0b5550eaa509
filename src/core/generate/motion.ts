/**
 * A head that moves while it is scanned (`generate artifacts --motion`): k-space is filled plane by
 * plane along the last axis, and from some moments on it is that of the moved head (Shaw et al., MIDL
 * 2019, PMLR 102:427-436; parameters as TorchIO's RandomMotion has them).
 *
 * Only planes along the last axis change hands, so that the transforms along the other two cancel:
 * the image is the still head plus, for each movement, what the movement changed, filtered along the
 * last axis to the frequencies of its planes. Filters are the inverse transform of those planes; of
 * the result, as of a real scan that is assembled so, the real part is kept.
 */
import { columns, determinant, invertAffine, transformPoint } from '../nifti/matrix.ts';
import type { RandomStream } from '../random/philox.ts';
import type { Affine, Shape3, Volume } from '../volume.ts';

export type Range = readonly [number, number];

export interface MotionOptions {
  /** Degrees about each axis, of each movement. */
  readonly rotation: Range;
  /** mm along each axis. */
  readonly translation: Range;
  readonly transforms: number;
}

/** A rigid movement about the centre of the volume: by angles about y, x, z in turn, then a shift. */
export interface Movement {
  /** About x, y, z; degrees. */
  readonly degrees: readonly [number, number, number];
  /** Along x, y, z; mm. */
  readonly millimetres: readonly [number, number, number];
  /** When it happens, as a share of the scan, 0 to 1. */
  readonly time: number;
}

/** How far a moment may lie from its even place, as a share of the time between two. */
const JITTER = 0.3;

/** Movements in the order of their times. */
export function randomMovements(
  { rotation, translation, transforms }: MotionOptions,
  random: RandomStream,
): Movement[] {
  const step = 1 / (transforms + 1);
  return Array.from({ length: transforms }, (_, at): Movement => {
    const three = ([low, high]: Range) =>
      [0, 1, 2].map(() => random.uniform(low, high)) as [number, number, number];
    return {
      degrees: three(rotation),
      millimetres: three(translation),
      time: (at + 1) * step + random.uniform(-JITTER, JITTER) * step,
    };
  });
}

/** @returns the scan as it is seen when the head moves so, in the scan's own units. */
export function withMotion(
  scan: Volume,
  movements: readonly Movement[],
): Float32Array<ArrayBuffer> {
  const Z = scan.shape[2];
  const result = scan.data.slice();
  // Planes are filled from the first to the last; those of the middle are the still head's.
  const order = stillInTheMiddle(movements);
  const cuts = [0, ...movements.map(({ time }) => Math.floor(time * Z)), Z];
  order.forEach((movement, part) => {
    if (movement === undefined) return;
    const filter = planesFilter(Z, cuts[part] as number, cuts[part + 1] as number);
    const moved = rigidlyMoved(scan, movement);
    for (let n = 0; n < moved.length; n++)
      moved[n] = (moved[n] as number) - (scan.data[n] as number);
    addFiltered(result, moved, filter);
  });
  return result;
}

/**
 * The still head stands first, then the moved ones; it changes places with the one of the first
 * moment after the middle, so that it has the low frequencies.
 */
function stillInTheMiddle(movements: readonly Movement[]): (Movement | undefined)[] {
  const order: (Movement | undefined)[] = [undefined, ...movements];
  const late = movements.findIndex(({ time }) => time > 0.5);
  const middle = late < 0 ? movements.length : late;
  [order[0], order[middle]] = [order[middle], undefined];
  return order;
}

/**
 * @param first - plane of the k-space whose middle is at floor(length / 2)
 * @param end - one behind the last plane
 * @returns what a line is convolved with, circularly, to keep these frequencies; the real part
 */
function planesFilter(length: number, first: number, end: number): Float64Array {
  return Float64Array.from({ length }, (_, shift) => {
    let sum = 0;
    for (let plane = first; plane < end; plane++) {
      sum += Math.cos((2 * Math.PI * (plane - Math.floor(length / 2)) * shift) / length);
    }
    return sum / length;
  });
}

/** Adds each line along the last axis, convolved with the filter. */
function addFiltered(result: Float32Array, lines: Float32Array, filter: Float64Array): void {
  const { length } = filter;
  // Twice in a row, backwards, so that every shift is a run of it.
  const run = Float64Array.from({ length: 2 * length }, (_, at) => {
    const shift = (((length - at) % length) + length) % length;
    return filter[shift] as number;
  });
  for (let start = 0; start < lines.length; start += length) {
    for (let at = 0; at < length; at++) {
      const from = length - at;
      let sum = 0;
      for (let z = 0; z < length; z++) {
        sum += (run[from + z] as number) * (lines[start + z] as number);
      }
      result[start + at] = (result[start + at] as number) + sum;
    }
  }
}

/**
 * The head after a movement, read by trilinear interpolation; where nothing was scanned there is the
 * lowest intensity of the scan.
 */
export function rigidlyMoved(scan: Volume, movement: Movement): Float32Array<ArrayBuffer> {
  const { data, shape } = scan;
  const lowest = data.reduce((low, value) => Math.min(low, value), Infinity);
  const step = voxelStep(scan, movement);
  const [X, Y, Z] = shape;
  const moved = new Float32Array(data.length);
  for (let i = 0, n = 0; i < X; i++)
    for (let j = 0; j < Y; j++)
      for (let k = 0; k < Z; k++, n++) {
        const x = step[0] * i + step[1] * j + step[2] * k + step[3];
        const y = step[4] * i + step[5] * j + step[6] * k + step[7];
        const z = step[8] * i + step[9] * j + step[10] * k + step[11];
        moved[n] = between(data, shape, x, y, z, lowest);
      }
  return moved;
}

/** The voxel that is seen at a voxel, as the rows of an affine. */
function voxelStep({ shape, affine }: Volume, movement: Movement): TwelveNumbers {
  const toMm = usable(affine);
  const middle = shape.map((length) => (length - 1) / 2) as [number, number, number];
  const centre = transformPoint(toMm, middle);
  const rows = rotationRows(movement.degrees);
  const toVoxels = invertAffine(toMm);
  const seen = (voxel: readonly [number, number, number]) => {
    const [x, y, z] = transformPoint(toMm, voxel);
    const from = [x - centre[0], y - centre[1], z - centre[2]] as const;
    const to = rows.map(
      ([a, b, c], axis) =>
        a * from[0] +
        b * from[1] +
        c * from[2] +
        (centre[axis] as number) +
        (movement.millimetres[axis] as number),
    ) as [number, number, number];
    return transformPoint(toVoxels, to);
  };
  const origin = seen([0, 0, 0]);
  const steps = [seen([1, 0, 0]), seen([0, 1, 0]), seen([0, 0, 1])];
  return [0, 1, 2].flatMap((axis) => {
    const from = origin[axis] as number;
    return [...steps.map((step) => (step[axis] as number) - from), from];
  }) as unknown as TwelveNumbers;
}

// prettier-ignore
type TwelveNumbers = readonly [
  number, number, number, number, number, number,
  number, number, number, number, number, number,
];

/** An affine without an inverse says nothing of millimetres: voxels stand for them. */
function usable(affine: Affine): Affine {
  const isFinite = columns(affine).flat().every(Number.isFinite);
  if (isFinite && determinant(affine) !== 0) return affine;
  return [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
}

/** About y first, then x, then z: the order of ITK's Euler transform. */
function rotationRows(degrees: readonly [number, number, number]): [Row, Row, Row] {
  const [x, y, z] = degrees.map((angle) => (angle * Math.PI) / 180) as [number, number, number];
  const [cx, cy, cz] = [Math.cos(x), Math.cos(y), Math.cos(z)];
  const [sx, sy, sz] = [Math.sin(x), Math.sin(y), Math.sin(z)];
  return [
    [cz * cy - sz * sx * sy, -sz * cx, cz * sy + sz * sx * cy],
    [sz * cy + cz * sx * sy, cz * cx, sz * sy - cz * sx * cy],
    [-cx * sy, sx, cx * cy],
  ];
}

type Row = readonly [number, number, number];

function between(
  data: Float32Array,
  [X, Y, Z]: Shape3,
  x: number,
  y: number,
  z: number,
  outside: number,
): number {
  if (x < 0 || y < 0 || z < 0 || x > X - 1 || y > Y - 1 || z > Z - 1) return outside;
  const i = Math.min(Math.floor(x), Math.max(0, X - 2));
  const j = Math.min(Math.floor(y), Math.max(0, Y - 2));
  const k = Math.min(Math.floor(z), Math.max(0, Z - 2));
  const [u, v, w] = [x - i, y - j, z - k];
  const at = (i * Y + j) * Z + k;
  // Along an axis of one voxel there is no neighbour, and its share is 0.
  const [right, front, up] = [X > 1 ? Y * Z : 0, Y > 1 ? Z : 0, Z > 1 ? 1 : 0];
  const line = (from: number): number =>
    (data[from] as number) * (1 - w) + (data[from + up] as number) * w;
  const near = line(at) * (1 - v) + line(at + front) * v;
  const far = line(at + right) * (1 - v) + line(at + right + front) * v;
  return near * (1 - u) + far * u;
}
