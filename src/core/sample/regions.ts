/**
 * Where the sample brains change, as ellipsoids in millimetres of the MNI space in which Colin27 is
 * distributed (RAS+). No atlas is used: centres and extents were read off the coronal slices
 * y = -8, -14, -20, -26, -32 and -38 mm of Colin27 itself (Holmes et al., J Comput Assist Tomogr
 * 1998, 22:324-333). The hippocampus rises backwards along its long axis, its middle lying near the
 * uncal apex at y = -21 mm (Poppenk et al., Trends Cogn Sci 2013, 17:230-240).
 */

export type Point = readonly [number, number, number];

/** Orthonormal axes and the half-lengths along them. */
export interface Ellipsoid {
  readonly centre: Point;
  /** Unit vectors: along the long axis (backwards), to the side (away from the midline), up. */
  readonly axes: readonly [Point, Point, Point];
  /** Half-lengths along `axes`, mm. */
  readonly radii: Point;
}

/** Intensity of white matter in the base brain. */
export const WHITE_MATTER = 200;
/** Fluid in a ventricle a few voxels wide, in which a little tissue is always seen too. */
export const FLUID = 44;

export type Side = 'left' | 'right';
export const SIDES: readonly Side[] = ['left', 'right'];

/** Half-lengths: 20 mm from head to tail, 10 mm across, 6 mm high. */
export const HIPPOCAMPI: Readonly<Record<Side, Ellipsoid>> = {
  left: ellipsoid([-28, -21, -11.5], [-0.08, -0.84, 0.54], 'left', [20, 10, 6]),
  right: ellipsoid([30.5, -21, -11.5], [0.08, -0.84, 0.54], 'right', [20, 10, 6]),
};

/**
 * The temporal horn of the lateral ventricle, above and beside the hippocampus, at the largest
 * size that simulated atrophy gives it. In Colin27 it is a slit of one or two millimetres.
 */
export const TEMPORAL_HORNS: Readonly<Record<Side, Ellipsoid>> = {
  left: ellipsoid([-36, -17, -11], [-0.08, -0.84, 0.54], 'left', [20, 9, 9]),
  right: ellipsoid([38.5, -17, -11], [0.08, -0.84, 0.54], 'right', [20, 9, 9]),
};

/** Bodies of the lateral ventricles, whose size varies between people and grows with age. */
export const VENTRICLES: Readonly<Record<Side, Ellipsoid>> = {
  left: ellipsoid([-13, -12, 22], [-0.25, -0.96, -0.1], 'left', [32, 7, 9]),
  right: ellipsoid([13, -12, 22], [0.25, -0.96, -0.1], 'right', [32, 7, 9]),
};

/** Boxes around the hippocampi with a margin for how people differ: lowest and highest corner, mm. */
export const HIPPOCAMPUS_BOXES: Readonly<Record<Side, readonly [Point, Point]>> = {
  left: [
    [-45, -46, -32],
    [-12, 4, 10],
  ],
  right: [
    [14, -46, -32],
    [47, 4, 10],
  ],
};

/** @returns the coordinate of a point along one axis of the ellipsoid, 1 at its surface. */
export function local(e: Ellipsoid, axis: 0 | 1 | 2, x: number, y: number, z: number): number {
  const [a, b, c] = e.axes[axis];
  return ((x - e.centre[0]) * a + (y - e.centre[1]) * b + (z - e.centre[2]) * c) / e.radii[axis];
}

/** @returns 0 at the centre of the ellipsoid, 1 on its surface. */
export function radius(e: Ellipsoid, x: number, y: number, z: number): number {
  const along = local(e, 0, x, y, z);
  const across = local(e, 1, x, y, z);
  const up = local(e, 2, x, y, z);
  return Math.sqrt(along * along + across * across + up * up);
}

/** @returns an ellipsoid whose long axis is `long`, made a unit vector; `across` points outwards. */
function ellipsoid(centre: Point, long: Point, side: Side, radii: Point): Ellipsoid {
  const along = unit(long);
  const outwards = side === 'left' ? -1 : 1;
  const up = unit([-along[0] * along[2], -along[1] * along[2], 1 - along[2] * along[2]]);
  const [x, y, z] = cross(along, up);
  const flip = Math.sign(x) === outwards ? 1 : -1;
  return { centre, axes: [along, [x * flip, y * flip, z * flip], up], radii };
}

function unit([x, y, z]: Point): Point {
  const length = Math.sqrt(x * x + y * y + z * z);
  return [x / length, y / length, z / length];
}

function cross([a, b, c]: Point, [x, y, z]: Point): Point {
  return [b * z - c * y, c * x - a * z, a * y - b * x];
}
