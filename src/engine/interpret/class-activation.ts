/**
 * The arithmetic of class activation maps, on numbers read from the device: feature maps A of a layer
 * and the gradient g of a score with respect to them, weighed to one map, and that brought to the
 * grid of the element. Layout `[...spatial, channels]`; sums in float64.
 *
 * - `clinicadl`: as ClinicaDL 1.6.1. The weights are the means of g over the first two spatial axes
 *   only, so that in volumes they differ along the third; the map is the mean over channels, and
 *   keeps its sign.
 * - `paper` (Selvaraju et al. 2017): weights are the means over all spatial axes; the map is the
 *   positive part of the sum over channels.
 * - `plus-plus` (Chattopadhay et al. 2018, equations 14 and 19): weights are the sums of the positive
 *   part of g, each times g^2 / (2 g^2 + g^3 sum(A)). The paper's factor exp(score), the same
 *   everywhere, is left out: it says nothing about places, and overflows where the score is an age.
 */
import { sizeOf } from '../layers/layer.ts';

export type CamForm = 'clinicadl' | 'paper' | 'plus-plus';

/**
 * @param shape - `[...spatial, channels]` of both
 * @returns the map, `spatial`
 */
export function classActivation(
  features: Float32Array,
  gradient: Float32Array,
  shape: readonly number[],
  form: CamForm,
): Float64Array {
  const channels = shape.at(-1) ?? 1;
  const weights = WEIGHTS[form](features, gradient, shape);
  const map = new Float64Array(features.length / channels);
  const own = weights.length;
  for (let i = 0; i < features.length; i++) {
    const voxel = Math.floor(i / channels);
    map[voxel] = (map[voxel] ?? 0) + (weights[i % own] ?? 0) * (features[i] ?? 0);
  }
  return form === 'clinicadl'
    ? map.map((sum) => sum / channels)
    : map.map((sum) => Math.max(0, sum));
}

type Weights = (
  features: Float32Array,
  gradient: Float32Array,
  shape: readonly number[],
) => Float64Array;

/** One weight a channel, or one for each place along the third axis and channel. */
const WEIGHTS: Readonly<Record<CamForm, Weights>> = {
  clinicadl: (_features, gradient, shape) => meanOver(gradient, sizeOf(shape.slice(2))),
  paper: (_features, gradient, shape) => meanOver(gradient, shape.at(-1) ?? 1),
  'plus-plus': (features, gradient, shape) => {
    const channels = shape.at(-1) ?? 1;
    const totals = sumOver(features, channels);
    const weights = new Float64Array(channels);
    for (let i = 0; i < gradient.length; i++) {
      const slope = gradient[i] ?? 0;
      if (slope <= 0) continue;
      const channel = i % channels;
      // g^2 is taken out of numerator and denominator, which would underflow with it.
      const denominator = 2 + slope * (totals[channel] ?? 0);
      if (denominator !== 0) weights[channel] = (weights[channel] ?? 0) + slope / denominator;
    }
    return weights;
  },
};

/** Sums of what stands `period` numbers apart. */
function sumOver(values: Float32Array, period: number): Float64Array {
  const sums = new Float64Array(period);
  for (let i = 0; i < values.length; i++) {
    sums[i % period] = (sums[i % period] ?? 0) + (values[i] ?? NaN);
  }
  return sums;
}

function meanOver(values: Float32Array, period: number): Float64Array {
  return sumOver(values, period).map((sum) => (sum * period) / values.length);
}

/**
 * Linear interpolation along each axis, first and last voxels falling on each other: PyTorch's
 * `interpolate` with `align_corners`.
 * @param values - `from`, the last axis fastest
 */
export function enlarged(
  values: Float64Array,
  from: readonly number[],
  to: readonly number[],
): Float64Array {
  let [result, shape] = [values, [...from]];
  to.forEach((length, axis) => {
    const old = shape[axis] ?? 1;
    const behind = sizeOf(shape.slice(axis + 1));
    const before = sizeOf(shape.slice(0, axis));
    const made = new Float64Array(before * length * behind);
    for (let place = 0; place < length; place++) {
      const at = length > 1 ? (place * (old - 1)) / (length - 1) : 0;
      const low = Math.min(Math.floor(at), old - 1);
      const high = Math.min(low + 1, old - 1);
      const share = at - low;
      for (let outer = 0; outer < before; outer++) {
        const target = (outer * length + place) * behind;
        const [first, second] = [(outer * old + low) * behind, (outer * old + high) * behind];
        for (let inner = 0; inner < behind; inner++) {
          const [a, b] = [result[first + inner] ?? 0, result[second + inner] ?? 0];
          made[target + inner] = a + share * (b - a);
        }
      }
    }
    result = made;
    shape = shape.map((size, other) => (other === axis ? length : size));
  });
  return result;
}
