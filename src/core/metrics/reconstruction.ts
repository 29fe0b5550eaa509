/**
 * How near a reconstruction is to its input, element by element, as ClinicaDL 1.6.1 has it: mean
 * absolute and root mean squared error, peak signal-to-noise ratio, structural similarity.
 */
import type { RandomStream } from '../random/philox.ts';
import { bootstrap, RESAMPLES } from './bootstrap.ts';
import type { Metrics } from './classification.ts';
import { withIntervals, type MetricWithInterval } from './report.ts';
import { structuralSimilarity } from './ssim.ts';

/** In the order of the columns of training.tsv. */
export const RECONSTRUCTION_METRICS = ['MAE', 'RMSE', 'PSNR', 'SSIM'] as const;

/** Of what an element is made of, for `reconstructionFigures`. */
export interface Differences {
  readonly absolute: number;
  readonly squared: number;
  /** Numbers that were compared. */
  readonly count: number;
  /** Of the input. */
  readonly smallest: number;
  readonly largest: number;
}

/**
 * @param input - one element, normalised. @param output - its reconstruction, in the same order
 * @param shape - `[...spatial, channels]`, two or three spatial axes
 * @returns MAE, RMSE, PSNR (decibels) and SSIM
 */
export function reconstructionFigures(
  input: ArrayLike<number>,
  output: ArrayLike<number>,
  shape: readonly number[],
): number[] {
  return [
    ...errorFigures(differencesOf(input, output)),
    structuralSimilarity(input, output, shape),
  ];
}

/** @returns MAE, RMSE and PSNR */
export function errorFigures({
  absolute,
  squared,
  count,
  smallest,
  largest,
}: Differences): number[] {
  const error = squared / count;
  const ratio = peakOf(smallest, largest) ** 2 / error;
  return [absolute / count, Math.sqrt(error), 10 * Math.log10(ratio)];
}

/**
 * Of all elements together: the mean of each figure.
 * @param figures - MAE, RMSE, PSNR and SSIM of each
 */
export function reconstructionMetrics(figures: readonly (readonly number[])[]): Metrics {
  const rows = Uint32Array.from(figures, (_, row) => row);
  const means = meansOf(figures, rows);
  return new Map(RECONSTRUCTION_METRICS.map((name, index) => [name, means[index] as number]));
}

/** @param random - a stream of its own, so that intervals are the same in every run. */
export function reconstructionReport(
  figures: readonly (readonly number[])[],
  random: RandomStream,
  resamples = RESAMPLES,
): MetricWithInterval[] {
  const statistics = (rows: Uint32Array) => meansOf(figures, rows);
  const intervals = bootstrap(figures.length, statistics, random, resamples);
  return withIntervals(reconstructionMetrics(figures), intervals);
}

function meansOf(figures: readonly (readonly number[])[], rows: Uint32Array): number[] {
  return RECONSTRUCTION_METRICS.map((_, column) => {
    let sum = 0;
    for (const row of rows) sum += figures[row]?.[column] as number;
    return sum / rows.length;
  });
}

function differencesOf(input: ArrayLike<number>, output: ArrayLike<number>): Differences {
  let [absolute, squared, smallest, largest] = [0, 0, Infinity, -Infinity];
  for (let i = 0; i < input.length; i++) {
    const value = input[i] as number;
    const error = value - (output[i] as number);
    absolute += Math.abs(error);
    squared += error * error;
    if (value < smallest) smallest = value;
    if (value > largest) largest = value;
  }
  return { absolute, squared, count: input.length, smallest, largest };
}

/**
 * The range of the signal as scikit-image guesses it for floats: 1, or 2 where there are negative
 * numbers. Outside -1 to 1 it gives up, and ClinicaDL with it; here the range is the one seen.
 */
function peakOf(smallest: number, largest: number): number {
  if (smallest < -1 || largest > 1) return largest - smallest;
  return smallest < 0 ? 2 : 1;
}
