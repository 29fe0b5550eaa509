/**
 * The three figures of ClinicaDL's `quality-check t1-volume`, of a grey matter map in the space of
 * SPM's template: its largest value, the share of voxels above 0, and how alike it is to the group's
 * DARTEL template where the eyes are (normalised mutual information over 10 x 10 bins, as 1.6.1 has it).
 */
import { transformPoint } from '../nifti/matrix.ts';
import type { Affine, Shape3, Volume } from '../volume.ts';

const BINS = 10;

export interface T1VolumeFigures {
  readonly maxIntensity: number;
  /** 0 to 1. */
  readonly nonZeroPercentage: number;
  /** 0 to 1; NaN where either side is constant. */
  readonly frontalSimilarity: number;
}

/** What each step of 1.6.1 lets pass. */
export const T1_VOLUME_STEPS = {
  maxIntensity: 0.95,
  nonZeroPercentage: [0.15, 0.5],
  /** Of 1.6.1's code; its documentation says 0.40. */
  frontalSimilarity: 0.1,
} as const;

/**
 * @param map - grey matter, not modulated, on the template's grid
 * @param template - the sum of the template's tissues, in the order of the map's voxels
 * @param eyes - 1 where the eyes are, else 0
 */
export function t1VolumeFigures(
  map: Float32Array,
  template: Float32Array,
  eyes: Float32Array,
): T1VolumeFigures {
  let [maxIntensity, filled] = [-Infinity, 0];
  for (const value of map) {
    if (value > maxIntensity) maxIntensity = value;
    if (value !== 0 && !Number.isNaN(value)) filled += 1;
  }
  const masked = (data: Float32Array) => data.map((value, n) => value * (eyes[n] ?? 0));
  return {
    maxIntensity,
    nonZeroPercentage: filled / map.length,
    frontalSimilarity: similarity(masked(template), masked(map)),
  };
}

/** @returns 2 MI(a, b) / (MI(a, a) + MI(b, b)), natural logarithm; NaN where both are constant */
export function similarity(a: Float32Array, b: Float32Array): number {
  return (2 * mutualInformation(a, b)) / (mutualInformation(a, a) + mutualInformation(b, b));
}

/** Mutual information of two volumes by their joint histogram of 10 x 10 bins, in nats. */
export function mutualInformation(a: Float32Array, b: Float32Array): number {
  const joint = new Float64Array(BINS * BINS);
  const [binA, binB] = [binOf(a), binOf(b)];
  for (let n = 0; n < a.length; n++) {
    const cell = binA(a[n] as number) * BINS + binB(b[n] as number);
    joint[cell] = (joint[cell] ?? 0) + 1;
  }
  const [rows, columns] = [new Float64Array(BINS), new Float64Array(BINS)];
  for (let cell = 0; cell < joint.length; cell++) {
    const share = (joint[cell] ?? 0) / a.length;
    joint[cell] = share;
    const [row, column] = [Math.floor(cell / BINS), cell % BINS];
    rows[row] = (rows[row] ?? 0) + share;
    columns[column] = (columns[column] ?? 0) + share;
  }
  return joint.reduce((sum, share, cell) => {
    if (share === 0) return sum;
    const apart = (rows[Math.floor(cell / BINS)] ?? 0) * (columns[cell % BINS] ?? 0);
    return sum + share * Math.log(share / apart);
  }, 0);
}

/** Bins as numpy's histogram: equal parts of the range, the last one closed. */
function binOf(data: Float32Array): (value: number) => number {
  let [low, high] = [Infinity, -Infinity];
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  // Of a constant numpy widens the range by a half to either side.
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const scale = BINS / (high - low);
  return (value) => Math.min(BINS - 1, Math.max(0, Math.floor((value - low) * scale)));
}

/** The globes in MNI space: centres and half-lengths in mm, rounded from Colin27. */
const EYES = [
  { centre: [-33, 62, -36], half: [18, 18, 16] },
  { centre: [33, 62, -36], half: [18, 18, 16] },
] as const;

/**
 * Where the eyes are, as two ellipsoids at stated places: in place of the mask that ClinicaDL
 * downloads, so the similarity is not the one that it gives.
 */
export function eyesMask(shape: Shape3, affine: Affine): Volume {
  const [X, Y, Z] = shape;
  const data = new Float32Array(X * Y * Z);
  let n = 0;
  for (let x = 0; x < X; x++)
    for (let y = 0; y < Y; y++)
      for (let z = 0; z < Z; z++, n++) {
        const at = transformPoint(affine, [x, y, z]);
        const isEye = EYES.some(
          ({ centre, half }) =>
            at.reduce((sum, mm, axis) => {
              const reach = (mm - (centre[axis] ?? 0)) / (half[axis] ?? 1);
              return sum + reach * reach;
            }, 0) <= 1,
        );
        if (isEye) data[n] = 1;
      }
  return { data, shape, affine };
}
