/**
 * Confidence intervals by the bootstrap (Efron and Tibshirani, "An introduction to the bootstrap",
 * 1993, chapter 13): the rows are drawn again with replacement, true and predicted value together,
 * every statistic is computed on each resample, and the interval lies between its percentiles.
 */
import type { RandomStream } from '../random/philox.ts';

export const RESAMPLES = 3000;
export const CONFIDENCE = 0.95;

export interface Interval {
  readonly lower: number;
  readonly upper: number;
  /** Standard error: the standard deviation over the resamples (n - 1). */
  readonly standardError: number;
}

/**
 * @param rows - how many rows there are to draw from; with fewer than two nothing can vary.
 * @param statistics - values of the statistics on the rows with these indices, always as many.
 * @returns one interval a statistic, undefined for fewer than two rows.
 */
export function bootstrap(
  rows: number,
  statistics: (indices: Uint32Array<ArrayBuffer>) => readonly number[],
  random: RandomStream,
  resamples = RESAMPLES,
): Interval[] | undefined {
  if (rows < 2) return undefined;
  const indices = new Uint32Array(rows);
  const samples: Float64Array<ArrayBuffer>[] = [];
  for (let resample = 0; resample < resamples; resample++) {
    for (let row = 0; row < rows; row++) indices[row] = random.below(rows);
    statistics(indices).forEach((value, statistic) => {
      samples[statistic] ??= new Float64Array(resamples);
      (samples[statistic] as Float64Array)[resample] = value;
    });
  }
  return samples.map(interval);
}

/** Resamples on which a statistic is not defined, such as an area with one class alone, are passed over. */
function interval(resampled: Float64Array<ArrayBuffer>): Interval {
  const tail = (1 - CONFIDENCE) / 2;
  const sample = resampled.filter((value) => !Number.isNaN(value));
  if (sample.length === 0) return { lower: NaN, upper: NaN, standardError: NaN };
  const sorted = sample.slice().sort();
  const mean = sample.reduce((sum, value) => sum + value, 0) / sample.length;
  const squares = sample.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    lower: percentile(sorted, tail),
    upper: percentile(sorted, 1 - tail),
    standardError: Math.sqrt(squares / (sample.length - 1)),
  };
}

/**
 * Linear interpolation between order statistics, NumPy's default.
 * @param sorted - ascending, not empty. @param fraction - in [0, 1].
 */
export function percentile(sorted: ArrayLike<number>, fraction: number): number {
  const position = fraction * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (position - below) * (high - low);
}
