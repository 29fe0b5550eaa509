/**
 * Which way a brain lies: the scan is turned about its centre into the 24 orientations that differ in
 * more than left and right, laid over the template centre on centre, and compared. A header that is
 * wrong about an axis shows as another orientation that fits better. Left and right cannot be told from
 * the picture: two hemispheres differ less than two people do.
 */
import { voxelSizes } from '../nifti/matrix.ts';
import type { Affine } from '../volume.ts';
import { gridReader, multiply, onGrid } from './on-grid.ts';
import { correlation, type Template } from './template.ts';

/** Millimetres of the grid on which orientations are compared. */
const COARSE = 9;
/** By so much another orientation has to fit better. */
const CLEARLY = 0.05;

/** Axis of the scan that each axis of the template is read along, and its direction. */
export interface Orientation {
  readonly axes: readonly [number, number, number];
  readonly signs: readonly [number, number, number];
}

export interface OrientationFit {
  /** Correlations, -1 to 1. */
  readonly asIs: number;
  readonly best: number;
  /** In words, where another orientation fits better: `anterior and posterior swapped`. */
  readonly wrong?: string;
}

/** Left and right never swapped on their own: the sign of the first axis makes up for it. */
export const ORIENTATIONS: readonly Orientation[] = orientations();

/**
 * @param scan - smoothed, on the template's grid
 * @param middle - centre of the scan's outline, mm
 */
export function orientationFit(
  scan: Float32Array<ArrayBuffer>,
  middle: readonly [number, number, number],
  template: Template,
): OrientationFit {
  const grid = coarseGrid(template);
  const { shape, affine } = template;
  const wanted = onGrid({ data: template.data, shape, affine }, grid, 1);
  const mask = new Uint8Array(wanted.data.length);
  const compared = Float32Array.from(template.compared);
  onGrid({ data: compared, shape, affine }, grid, 1).data.forEach((value, n) => {
    mask[n] = value > 0.5 ? 1 : 0;
  });
  const read = gridReader({ data: scan, shape, affine });
  const fits = ORIENTATIONS.map((orientation) => {
    const turned = multiply(turn(orientation, template.centre, middle), grid.affine);
    const { data } = read({ shape: grid.shape, affine: turned }, 1);
    return correlation(data, wanted.data, mask);
  });
  const asIs = fits[0] ?? 0;
  const best = Math.max(...fits);
  const which = ORIENTATIONS[fits.indexOf(best)];
  const isWrong = which !== undefined && best > asIs + CLEARLY;
  return { asIs, best, ...(isWrong ? { wrong: inWords(which) } : {}) };
}

function coarseGrid({ shape, affine }: Template) {
  const step = Math.max(1, Math.round(COARSE / (voxelSizes(affine)[0] || COARSE)));
  const first = (step - 1) / 2;
  const scale = [step, 0, 0, first, 0, step, 0, first, 0, 0, step, first, 0, 0, 0, 1];
  const [X, Y, Z] = shape.map((length) => Math.floor(length / step));
  return { shape: [X ?? 1, Y ?? 1, Z ?? 1] as const, affine: multiply(affine, scale) };
}

/** From millimetres of the template to those of the scan, about both centres. */
function turn(
  { axes, signs }: Orientation,
  from: readonly [number, number, number],
  to: readonly [number, number, number],
): Affine {
  const rows = [0, 1, 2].flatMap((row) => {
    // Row of the scan: the axis of the template that is read along it.
    const column = axes.indexOf(row);
    const sign = signs[column] ?? 1;
    const turned = [0, 1, 2].map((axis) => (axis === column ? sign : 0));
    return [...turned, (to[row] ?? 0) - sign * (from[column] ?? 0)];
  });
  return [...rows, 0, 0, 0, 1];
}

function orientations(): Orientation[] {
  const permutations = [
    ...([
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
    ] as const),
    ...([
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ] as const),
  ];
  return permutations.flatMap((axes) =>
    [1, -1].flatMap((y) => [1, -1].map((z) => ({ axes, signs: [1, y, z] as const }))),
  );
}

const ENDS = ['left and right', 'back and front', 'top and bottom'] as const;

function inWords({ axes, signs }: Orientation): string {
  const moved = axes.some((axis, place) => axis !== place);
  const swapped = ENDS.filter((_, axis) => signs[axis] === -1);
  const parts = [
    ...(moved ? [`its axes in the order ${axes.map((axis) => 'xyz'[axis]).join(', ')}`] : []),
    ...(swapped.length > 0 ? [`${swapped.join(' and ')} swapped`] : []),
  ];
  return parts.join(', ');
}
