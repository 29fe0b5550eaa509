/**
 * How one participant's brain differs in shape from the base brain, whatever the diagnosis: size,
 * pose, a smooth deformation, and ventricles that grow with age. Described backwards, as image
 * resampling needs it: for each voxel to be made, the point of the base brain that it shows.
 */
import { stream, type RandomStream } from '../random/philox.ts';
import { evaluateSeries, randomSeries, type CosineSeries } from './deformation.ts';
import type { Grid } from './grid.ts';
import { local, VENTRICLES, type Point, type Side } from './regions.ts';

export interface Anatomy {
  /** Rows of a 3 x 3 matrix, about `CENTRE`. */
  readonly linear: readonly [Point, Point, Point];
  /** mm. */
  readonly shift: Point;
  /** Displacement along x, y and z, mm. */
  readonly deformation: readonly [CosineSeries, CosineSeries, CosineSeries];
  /** 0: as in the base brain; 0.4: about twice the cross-section; below 0: smaller. */
  readonly ventricles: Readonly<Record<Side, number>>;
}

/** Middle of the brain, mm. */
const CENTRE: Point = [0, -18, 10];
/** Root mean square along each axis, mm. */
const DISPLACEMENT = 2;
const AXES = [0, 1, 2] as const;
const DEGREES = Math.PI / 180;
/** How far the growth of a ventricle is felt, in its half-lengths. */
const REACH = 2.2;
/** mm: no ventricle is felt below or above. */
const BELOW = -2;
const ABOVE = 46;

/** @param age - years; widens the ventricles. */
export function randomAnatomy(seed: number, index: number, age: number): Anatomy {
  const random = stream(seed, 'sample shape', index);
  const size = 1 + clipped(random, 0.01);
  const [a, b, c] = [0, 1, 2].map(() => size + clipped(random, 0.008)) as [number, number, number];
  const stretched = ([x, y, z]: Point): Point => [x / a, y / b, z / c];
  const rotation = rotate([0, 1, 2].map(() => clipped(random, 0.7) * DEGREES));
  const shift = [0, 1, 2].map(() => clipped(random, 0.5)) as [number, number, number];
  const growth = 0.15 + 0.022 * (age - 72) + clipped(random, 0.05);
  const ventricles = {
    left: Math.min(0.5, growth + clipped(random, 0.03)),
    right: Math.min(0.5, growth + clipped(random, 0.03)),
  };
  return {
    linear: rotation.map(stretched) as [Point, Point, Point],
    shift,
    ventricles,
    deformation: [
      randomSeries(random, DISPLACEMENT),
      randomSeries(random, DISPLACEMENT),
      randomSeries(random, DISPLACEMENT),
    ],
  };
}

/** @returns for each voxel in C order the point of the base brain that it shows: x, y, z in mm. */
export function basePoints(anatomy: Anatomy, { shape, millimetres, origin }: Grid): Float32Array {
  const [X, Y, Z] = shape;
  const [alongX, alongY, alongZ] = anatomy.deformation;
  const dx = evaluateSeries(alongX, shape);
  const dy = evaluateSeries(alongY, shape);
  const dz = evaluateSeries(alongZ, shape);
  const [a, b, c] = anatomy.linear;
  const [left, back, below] = AXES.map((axis) => CENTRE[axis] + anatomy.shift[axis]) as [
    number,
    number,
    number,
  ];
  const points = new Float32Array(3 * X * Y * Z);
  const point: [number, number, number] = [0, 0, 0];
  for (let i = 0, n = 0; i < X; i++)
    for (let j = 0; j < Y; j++)
      for (let k = 0; k < Z; k++, n++) {
        const x = millimetres * i + origin[0] - CENTRE[0];
        const y = millimetres * j + origin[1] - CENTRE[1];
        const z = millimetres * k + origin[2] - CENTRE[2];
        point[0] = left + a[0] * x + a[1] * y + a[2] * z + (dx[n] as number);
        point[1] = back + b[0] * x + b[1] * y + b[2] * z + (dy[n] as number);
        point[2] = below + c[0] * x + c[1] * y + c[2] * z + (dz[n] as number);
        resizeVentricle(point, anatomy.ventricles);
        points[3 * n] = point[0];
        points[3 * n + 1] = point[1];
        points[3 * n + 2] = point[2];
      }
  return points;
}

/** Reads nearer to a ventricle's axis the more it has grown; smooth, and nothing beyond `REACH`. */
function resizeVentricle(point: [number, number, number], growth: Anatomy['ventricles']): void {
  const side: Side = point[0] < 0 ? 'left' : 'right';
  const ventricle = VENTRICLES[side];
  const [x, y, z] = point;
  if (z < BELOW || z > ABOVE) return;
  const along = local(ventricle, 0, x, y, z);
  const across = local(ventricle, 1, x, y, z);
  const up = local(ventricle, 2, x, y, z);
  const share = (along * along + across * across + up * up) / (REACH * REACH);
  if (share >= 1) return;
  const pull = growth[side] * (1 - share) ** 2;
  const [, acrossAxis, upAxis] = ventricle.axes;
  const toAxis = [across * ventricle.radii[1] * pull, up * ventricle.radii[2] * pull] as const;
  for (const axis of AXES) point[axis] -= acrossAxis[axis] * toAxis[0] + upAxis[axis] * toAxis[1];
}

/** A normal draw about 0 that never leaves 2.5 deviations, so that no brain leaves its grid. */
function clipped(random: RandomStream, deviation: number): number {
  return Math.max(-2.5, Math.min(2.5, random.normal())) * deviation;
}

/** @returns the rotation about x, then y, then z, by rows. */
function rotate(angles: readonly number[]): [Point, Point, Point] {
  const [cx, cy, cz] = angles.map(Math.cos) as [number, number, number];
  const [sx, sy, sz] = angles.map(Math.sin) as [number, number, number];
  return [
    [cy * cz, sx * sy * cz - cx * sz, cx * sy * cz + sx * sz],
    [cy * sz, sx * sy * sz + cx * cz, cx * sy * sz - sx * cz],
    [-sy, sx * cy, cx * cy],
  ];
}
