/**
 * Smoothing by a Gaussian along every axis, as `scipy.ndimage.gaussian_filter` by default: the kernel
 * is cut at four standard deviations, and beyond its edges the image is its own mirror image
 * (`d c b a | a b c d | d c b a`).
 */

const TRUNCATE = 4;

/**
 * @param shape - of any number of axes, last axis fastest
 * @param sigma - standard deviation, voxels; 0 changes nothing
 */
export function gaussianFilter(
  data: Float32Array<ArrayBuffer>,
  shape: readonly number[],
  sigma: number,
): Float32Array<ArrayBuffer> {
  if (sigma === 0) return data.slice();
  const taps = gaussianTaps(sigma);
  let smooth = data;
  for (let axis = 0; axis < shape.length; axis++) smooth = along(smooth, shape, axis, taps);
  return smooth;
}

/** @returns the kernel from its middle on; it is the same on both sides and sums to 1. */
function gaussianTaps(sigma: number): Float64Array {
  const reach = Math.floor(TRUNCATE * sigma + 0.5);
  const taps = Float64Array.from({ length: reach + 1 }, (_, at) =>
    Math.exp(-(at * at) / (2 * sigma * sigma)),
  );
  const sum = taps.reduce((total, tap, at) => total + (at === 0 ? tap : 2 * tap), 0);
  return taps.map((tap) => tap / sum);
}

function along(
  data: Float32Array<ArrayBuffer>,
  shape: readonly number[],
  axis: number,
  taps: Float64Array,
): Float32Array<ArrayBuffer> {
  const length = shape[axis] as number;
  const stride = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const reach = taps.length - 1;
  const mirror = Int32Array.from({ length: length + 2 * reach }, (_, at) =>
    mirrored(at - reach, length),
  );
  const result = new Float32Array(data.length);
  const line = new Float64Array(length + 2 * reach);
  for (let start = 0; start < data.length; start += length * stride) {
    for (let offset = 0; offset < stride; offset++) {
      const first = start + offset;
      for (let at = 0; at < line.length; at++) {
        line[at] = data[first + (mirror[at] as number) * stride] as number;
      }
      for (let at = 0; at < length; at++) {
        const middle = at + reach;
        let sum = (taps[0] as number) * (line[middle] as number);
        for (let tap = 1; tap <= reach; tap++) {
          const sides = (line[middle - tap] as number) + (line[middle + tap] as number);
          sum += (taps[tap] as number) * sides;
        }
        result[first + at * stride] = sum;
      }
    }
  }
  return result;
}

/** @returns the position in [0, length) that stands at `at` beyond the edges. */
function mirrored(at: number, length: number): number {
  const period = 2 * length;
  const place = ((at % period) + period) % period;
  return place < length ? place : period - 1 - place;
}
