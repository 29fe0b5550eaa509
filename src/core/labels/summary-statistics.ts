/**
 * Mean and standard deviation of a few hundred values with the digits of NumPy, whose sums are
 * pairwise: blocks of at most 128, each in eight running sums (Higham, "The accuracy of floating point
 * summation", SIAM J. Sci. Comput. 14, 1993; NumPy manual, `numpy.sum`, Notes).
 */

export interface Summary {
  readonly mean: number;
  /** Of the population: divided by the number of values. */
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

const BLOCK = 128;
const LANES = 8;

/** @returns NaN for all four without a value. */
export function summarise(values: readonly number[]): Summary {
  const count = values.length;
  if (count === 0) return { mean: NaN, std: NaN, min: NaN, max: NaN };
  const mean = pairwiseSum(values) / count;
  const squares = values.map((value) => (value - mean) * (value - mean));
  return {
    mean,
    std: Math.sqrt(pairwiseSum(squares) / count),
    min: values.reduce((a, b) => Math.min(a, b)),
    max: values.reduce((a, b) => Math.max(a, b)),
  };
}

/** @returns the sum of the values, to the last digit that of NumPy for float64. */
export function pairwiseSum(values: readonly number[]): number {
  if (values.length > BLOCK) {
    const half = Math.floor(values.length / 2);
    const middle = half - (half % LANES);
    return pairwiseSum(values.slice(0, middle)) + pairwiseSum(values.slice(middle));
  }
  const whole = values.length - (values.length % LANES);
  const rest = values.slice(whole);
  if (whole === 0) return rest.reduce((sum, value) => sum + value, 0);
  const lanes = values.slice(0, LANES);
  for (let i = LANES; i < whole; i += 1) {
    lanes[i % LANES] = (lanes[i % LANES] ?? 0) + (values[i] ?? 0);
  }
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = lanes;
  const blocks = a + b + (c + d) + (e + f + (g + h));
  return rest.reduce((sum, value) => sum + value, blocks);
}
