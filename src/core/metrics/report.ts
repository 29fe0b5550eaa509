/** Metrics with their confidence intervals: what stands in `<group>_<mode>_level_metrics.tsv`. */
import type { RandomStream } from '../random/philox.ts';
import { bootstrap, RESAMPLES, type Interval } from './bootstrap.ts';
import { classificationMetrics, type MetricValue } from './classification.ts';

export interface MetricWithInterval {
  readonly name: string;
  readonly value: MetricValue;
  /** Absent for the loss, and where there are too few rows to resample. */
  readonly interval?: Interval;
}

/**
 * @param truth - label codes, one an element (image, patch, slice or region).
 * @param predicted - as many.
 * @param random - a stream of its own, so that intervals are the same in every run.
 */
export function classificationReport(
  truth: readonly number[],
  predicted: readonly number[],
  classes: number,
  random: RandomStream,
  resamples = RESAMPLES,
): MetricWithInterval[] {
  const intervals = bootstrap(
    truth.length,
    (indices) => {
      const drawn = (labels: readonly number[]) =>
        Array.from(indices, (index) => labels[index] as number);
      const metrics = classificationMetrics(drawn(truth), drawn(predicted), classes);
      return [...metrics.values()].map(Number);
    },
    random,
    resamples,
  );
  return [...classificationMetrics(truth, predicted, classes)].map(([name, value], index) => {
    const interval = intervals?.[index];
    return interval === undefined ? { name, value } : { name, value, interval };
  });
}
