/** The regression metrics of ClinicaDL 1.6.1: coefficient of determination, mean absolute and root mean squared error. */
import type { RandomStream } from '../random/philox.ts';
import { bootstrap, RESAMPLES } from './bootstrap.ts';
import type { Metrics } from './classification.ts';
import { withIntervals, type MetricWithInterval } from './report.ts';

/** In the order of the columns of training.tsv. */
export const REGRESSION_METRICS = ['R2_score', 'MAE', 'RMSE'] as const;

/**
 * @param truth - values of the label. @param predicted - as many, in the same unit.
 * @returns R2_score (1 - residual / total sum of squares; 0 where the truth does not vary), MAE and RMSE
 */
export function regressionMetrics(truth: readonly number[], predicted: readonly number[]): Metrics {
  const rows = Uint32Array.from(truth, (_, row) => row);
  return namesOf(metricsOf(truth, predicted, rows));
}

/** @param random - a stream of its own, so that intervals are the same in every run. */
export function regressionReport(
  truth: readonly number[],
  predicted: readonly number[],
  random: RandomStream,
  resamples = RESAMPLES,
): MetricWithInterval[] {
  const statistics = (rows: Uint32Array) => metricsOf(truth, predicted, rows);
  const intervals = bootstrap(truth.length, statistics, random, resamples);
  return withIntervals(regressionMetrics(truth, predicted), intervals);
}

function metricsOf(
  truth: readonly number[],
  predicted: readonly number[],
  rows: Uint32Array,
): [number, number, number] {
  let [sum, absolute, squared] = [0, 0, 0];
  for (const row of rows) {
    const error = (truth[row] as number) - (predicted[row] as number);
    sum += truth[row] as number;
    absolute += Math.abs(error);
    squared += error * error;
  }
  const mean = sum / rows.length;
  let total = 0;
  for (const row of rows) total += ((truth[row] as number) - mean) ** 2;
  const determination = total === 0 ? 0 : 1 - squared / total;
  return [determination, absolute / rows.length, Math.sqrt(squared / rows.length)];
}

function namesOf(values: readonly number[]): Metrics {
  return new Map(REGRESSION_METRICS.map((name, index) => [name, values[index] as number]));
}
