/**
 * What is systematic in the errors of a regression: their mean, and how they change with the truth.
 * Predicted ages lie too high for the young and too low for the old (Smith et al. 2019, "Estimation
 * of brain age delta from brain imaging"): a slope below 0.
 */
import type { RandomStream } from '../random/philox.ts';
import { bootstrap, RESAMPLES, type Interval } from './bootstrap.ts';

export interface Trend {
  /** Mean of predicted minus true. */
  readonly bias: number;
  /** Change of the error with one unit of the truth, by least squares; NaN where it does not vary. */
  readonly slope: number;
  /** Error that the line has where the truth is 0. */
  readonly intercept: number;
  /** Absent for fewer than two elements. */
  readonly biasInterval?: Interval;
  readonly slopeInterval?: Interval;
}

/**
 * @param truth - values of the label. @param predicted - as many, in the same unit
 * @param random - a stream of its own, so that intervals are the same in every run
 */
export function residualTrend(
  truth: readonly number[],
  predicted: readonly number[],
  random: RandomStream,
  resamples = RESAMPLES,
): Trend {
  const line = (rows: Uint32Array) => lineOf(truth, predicted, rows);
  const [bias, slope, intercept] = line(Uint32Array.from(truth, (_, row) => row));
  const [biasInterval, slopeInterval] = bootstrap(truth.length, line, random, resamples) ?? [];
  return {
    ...{ bias, slope, intercept },
    ...(biasInterval === undefined ? {} : { biasInterval }),
    ...(slopeInterval === undefined ? {} : { slopeInterval }),
  };
}

function lineOf(
  truth: readonly number[],
  predicted: readonly number[],
  rows: Uint32Array,
): [bias: number, slope: number, intercept: number] {
  let [sumTruth, sumError] = [0, 0];
  for (const row of rows) {
    sumTruth += truth[row] as number;
    sumError += (predicted[row] as number) - (truth[row] as number);
  }
  const [meanTruth, bias] = [sumTruth / rows.length, sumError / rows.length];
  let [squares, products] = [0, 0];
  for (const row of rows) {
    const offset = (truth[row] as number) - meanTruth;
    squares += offset * offset;
    products += offset * ((predicted[row] as number) - (truth[row] as number) - bias);
  }
  const slope = squares === 0 ? NaN : products / squares;
  return [bias, slope, bias - slope * meanTruth];
}
