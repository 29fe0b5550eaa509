/**
 * Checks of one volume as it is stored, whatever it shows: voxels without a number, one value
 * everywhere, slices that are empty between others, intensities that end at a wall.
 */
import { describe, type Problem, type Where } from '../errors.ts';
import type { Volume } from '../volume.ts';

/** Share of the voxels above the mean at which a largest value is no accident. */
const CLIPPED = 0.01;
/** Values of a mask or a label map are meant to be alike. */
const FEWEST_VALUES = 16;

/** @returns findings; none for a volume that is as it should be */
export function rawFindings(volume: Volume, where: Where): Problem[] {
  const { data } = volume;
  let [holes, least, most, sum] = [0, Infinity, -Infinity, 0];
  for (const value of data) {
    if (!Number.isFinite(value)) {
      holes += 1;
      continue;
    }
    sum += value;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const findings: Problem[] = [];
  if (holes > 0) {
    const found = `${holes} of ${data.length} voxels`;
    findings.push(
      describe('QUALITY_NOT_NUMBERS', { ...where, expected: 'a number in each voxel', found }),
    );
  }
  if (holes === data.length) return findings;
  if (least === most) {
    const found = `${least} in every voxel`;
    return [
      ...findings,
      describe('QUALITY_CONSTANT', { ...where, expected: 'a range of intensities', found }),
    ];
  }
  const empty = emptySlices(volume);
  if (empty.length > 0) {
    findings.push(
      describe('QUALITY_EMPTY_SLICES', {
        ...{ ...where, expected: 'no empty slice between others', found: slicesInWords(empty) },
      }),
    );
  }
  const mean = sum / (data.length - holes);
  const share = clippedShare(data, mean, most);
  if (share > CLIPPED) {
    const expected = `at most ${percent(CLIPPED)} of the bright voxels at the largest value`;
    findings.push(
      describe('QUALITY_CLIPPED', { ...where, expected, found: `${percent(share)} at ${most}` }),
    );
  }
  return findings;
}

export interface EmptySlices {
  /** Of the array: 0, 1 or 2. */
  readonly axis: number;
  /** Zero-based. */
  readonly slices: readonly number[];
}

/** @returns slices of one value that stand between slices that vary, for each axis that has any. */
export function emptySlices({ data, shape }: Volume): EmptySlices[] {
  const [X, Y, Z] = shape;
  const lengths = [X, Y, Z];
  const varies = lengths.map((length) => new Uint8Array(length));
  const firsts = lengths.map((length) => new Float32Array(length));
  const seen = lengths.map((length) => new Uint8Array(length));
  const look = (axis: 0 | 1 | 2, slice: number, value: number): void => {
    const [first, known, various] = [firsts[axis], seen[axis], varies[axis]];
    if (first === undefined || known === undefined || various === undefined) return;
    if (known[slice] === 0) {
      known[slice] = 1;
      first[slice] = value;
    } else if (value !== first[slice]) various[slice] = 1;
  };
  let n = 0;
  for (let x = 0; x < X; x++)
    for (let y = 0; y < Y; y++)
      for (let z = 0; z < Z; z++, n++) {
        const value = data[n] as number;
        look(0, x, value);
        look(1, y, value);
        look(2, z, value);
      }
  return varies.flatMap((each, axis) => {
    const [first, last] = [each.indexOf(1), each.lastIndexOf(1)];
    const slices = [...each.keys()].filter((k) => k > first && k < last && each[k] === 0);
    return slices.length === 0 ? [] : [{ axis, slices }];
  });
}

function clippedShare(data: Float32Array, mean: number, most: number): number {
  let [bright, atMost] = [0, 0];
  const values = new Set<number>();
  for (const value of data) {
    if (!(value > mean)) continue;
    bright += 1;
    if (value === most) atMost += 1;
    if (values.size < FEWEST_VALUES) values.add(value);
  }
  return values.size < FEWEST_VALUES || bright === 0 ? 0 : atMost / bright;
}

function slicesInWords(empty: readonly EmptySlices[]): string {
  return empty
    .map(({ axis, slices }) => {
      const shown = slices.slice(0, 5).join(', ');
      const rest = slices.length > 5 ? ` and ${slices.length - 5} more` : '';
      return `${'xyz'[axis]} ${shown}${rest}`;
    })
    .join('; ');
}

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
