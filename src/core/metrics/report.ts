/** Metrics with their confidence intervals: what stands in `<group>_<mode>_level_metrics.tsv`. */
import type { RandomStream } from '../random/philox.ts';
import { bootstrap, RESAMPLES, type Interval } from './bootstrap.ts';
import { metricsOfConfusion, type Metrics, type MetricValue } from './classification.ts';
import { confusionMatrix } from './confusion.ts';

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
  // A resample is known by its confusion matrix: rows are told apart by their cell alone.
  const matrix = confusionMatrix(truth, predicted, classes);
  const cells = Uint32Array.from(truth, (label, row) => label * classes + Number(predicted[row]));
  const statistics = (indices: Uint32Array) => {
    const drawn = matrix.map((counts) => counts.map(() => 0));
    for (const index of indices) {
      const cell = cells[index] as number;
      const counts = drawn[Math.floor(cell / classes)] as number[];
      counts[cell % classes] = (counts[cell % classes] as number) + 1;
    }
    return [...metricsOfConfusion(drawn).values()].map(Number);
  };
  const intervals = bootstrap(truth.length, statistics, random, resamples);
  return withIntervals(metricsOfConfusion(matrix), intervals);
}

/** @param intervals - one a metric, in their order; undefined with too few rows. */
export function withIntervals(
  metrics: Metrics,
  intervals: readonly (Interval | undefined)[] | undefined,
): MetricWithInterval[] {
  return [...metrics].map(([name, value], index) => {
    const interval = intervals?.[index];
    return interval === undefined ? { name, value } : { name, value, interval };
  });
}
