/**
 * Structural similarity (Wang et al. 2004) with ClinicaDL 1.6.1's settings: a Gaussian window of 11
 * voxels and sigma 1.5, zeros beyond the edges, C1 = 0.01^2 and C2 = 0.03^2, averaged over all voxels
 * of all channels. 1.6.1 has it for slices of three channels and volumes of one alone; here the
 * window has as many axes as the element, whatever its channels.
 */

export const SSIM_WINDOW = 11;
export const SSIM_C1 = 0.01 ** 2;
export const SSIM_C2 = 0.03 ** 2;
const SIGMA = 1.5;

/** Weights of the window along one axis; they sum to 1. */
export const SSIM_WEIGHTS: readonly number[] = weights();

/**
 * @param a - one element, intensities of about 0 to 1. @param b - compared with it, in the same order
 * @param shape - `[...spatial, channels]`, C order, two or three spatial axes
 */
export function structuralSimilarity(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  shape: readonly number[],
): number {
  const size = shape.reduce((product, length) => product * length, 1);
  const scratch = new Float64Array(size);
  const blurred = (value: (i: number) => number) => {
    const map = Float64Array.from({ length: size }, (_, i) => value(i));
    return blur(map, scratch, shape);
  };
  const [meanA, meanB] = [blurred((i) => a[i] as number), blurred((i) => b[i] as number)];
  const squareA = blurred((i) => (a[i] as number) ** 2);
  const squareB = blurred((i) => (b[i] as number) ** 2);
  const product = blurred((i) => (a[i] as number) * (b[i] as number));
  let sum = 0;
  for (let i = 0; i < size; i++) {
    const [ma, mb] = [meanA[i] as number, meanB[i] as number];
    const varianceA = (squareA[i] as number) - ma * ma;
    const varianceB = (squareB[i] as number) - mb * mb;
    const covariance = (product[i] as number) - ma * mb;
    const likeness = (2 * ma * mb + SSIM_C1) * (2 * covariance + SSIM_C2);
    sum += likeness / ((ma * ma + mb * mb + SSIM_C1) * (varianceA + varianceB + SSIM_C2));
  }
  return sum / size;
}

/** Along one spatial axis after the other; the last axis is that of the channels. */
function blur(
  map: Float64Array<ArrayBuffer>,
  scratch: Float64Array<ArrayBuffer>,
  shape: readonly number[],
): Float64Array<ArrayBuffer> {
  let [from, to] = [map, scratch];
  let stride = shape.at(-1) as number;
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    const length = shape[axis] as number;
    blurAxis(from, to, length, stride);
    [from, to] = [to, from];
    stride *= length;
  }
  if (from !== map) map.set(from);
  return map;
}

function blurAxis(from: Float64Array, to: Float64Array, length: number, stride: number): void {
  const reach = (SSIM_WINDOW - 1) / 2;
  const block = length * stride;
  for (let start = 0; start < from.length; start += block) {
    for (let position = 0; position < length; position++) {
      const low = Math.max(-reach, -position);
      const high = Math.min(reach, length - 1 - position);
      const row = start + position * stride;
      for (let lane = 0; lane < stride; lane++) {
        let sum = 0;
        for (let step = low; step <= high; step++) {
          sum +=
            (SSIM_WEIGHTS[step + reach] as number) * (from[row + step * stride + lane] as number);
        }
        to[row + lane] = sum;
      }
    }
  }
}

function weights(): number[] {
  const middle = (SSIM_WINDOW - 1) / 2;
  const raw = Array.from({ length: SSIM_WINDOW }, (_, i) =>
    Math.exp(-((i - middle) ** 2) / (2 * SIGMA ** 2)),
  );
  const sum = raw.reduce((total, value) => total + value, 0);
  return raw.map((value) => value / sum);
}
