/**
 * How noisy a scan is: the product of second differences along the three axes answers to noise and
 * hardly to anatomy (after Immerkaer, Comput Vis Image Underst 1996, 64:300-302, in three dimensions).
 * Its median absolute value, as a standard deviation, over that of the intensities in the brain.
 */
import type { Volume } from '../volume.ts';

/** The taps 1, -2, 1 along three axes: white noise of deviation 1 comes out with this one. */
const GAIN = Math.sqrt(6) ** 3;
/** Median absolute deviation of a normal distribution of deviation 1. */
const MEDIAN_OF_NORMAL = 0.6745;
/** Places that are looked at, about: enough for the median to be within a percent. */
const PLACES = 80_000;
const FEWEST = 50;

/**
 * @param threshold - voxels above it are tissue
 * @returns deviation of the noise over that of the intensities of tissue: 0 without noise; undefined
 *   where there is too little tissue to tell
 */
export function noiseShare({ data, shape }: Volume, threshold: number): number | undefined {
  const [X, Y, Z] = shape;
  const step = Math.max(1, Math.floor(data.length / PLACES));
  const taps = tapsOf(Y * Z, Z);
  const differences: number[] = [];
  let [count, sum, squares] = [0, 0, 0];
  for (let n = 0; n < data.length; n += step) {
    const value = data[n] as number;
    if (!(value > threshold)) continue;
    count += 1;
    sum += value;
    squares += value * value;
    const x = Math.floor(n / (Y * Z));
    const y = Math.floor(n / Z) % Y;
    const z = n % Z;
    if (x < 1 || y < 1 || z < 1 || x > X - 2 || y > Y - 2 || z > Z - 2) continue;
    let [isTissue, difference] = [true, 0];
    for (const { weight, offset, isNear } of taps) {
      const other = data[n + offset] as number;
      if (isNear && !(other > threshold)) {
        isTissue = false;
        break;
      }
      difference += weight * other;
    }
    if (isTissue) differences.push(Math.abs(difference));
  }
  const finite = differences.filter(Number.isFinite);
  if (finite.length < FEWEST) return undefined;
  const deviation = Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
  if (!(deviation > 0)) return undefined;
  finite.sort((a, b) => a - b);
  const median = finite[Math.floor(finite.length / 2)] ?? 0;
  return median / MEDIAN_OF_NORMAL / GAIN / deviation;
}

/** The 27 neighbours; those that touch by a face first: they tell whether a place is inside. */
function tapsOf(strideX: number, strideY: number) {
  const line = [1, -2, 1];
  const taps = line.flatMap((a, i) =>
    line.flatMap((b, j) =>
      line.map((c, k) => ({
        weight: a * b * c,
        offset: (i - 1) * strideX + (j - 1) * strideY + k - 1,
        isNear: Math.abs(i - 1) + Math.abs(j - 1) + Math.abs(k - 1) <= 1,
      })),
    ),
  );
  return taps.sort((a, b) => Number(b.isNear) - Number(a.isNear));
}
