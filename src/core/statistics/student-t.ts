/**
 * Student's t-test of two independent samples with equal variances (Student, "The probable error of
 * a mean", 1908): does the mean differ? The p-value is two-sided, by the incomplete beta function
 * (Abramowitz and Stegun, 26.7.1).
 */
import { regularisedBeta } from './beta.ts';

export interface TTest {
  /** (mean of the first - mean of the second) / standard error; NaN where it cannot be had. */
  readonly statistic: number;
  readonly degrees: number;
  readonly p: number;
}

/**
 * Values that are NaN are left out, as with SciPy's `nan_policy='omit'`.
 * @returns NaN for p when a sample is empty, both hold one value only, or nothing varies.
 */
export function studentTTest(first: readonly number[], second: readonly number[]): TTest {
  const a = momentsOf(first);
  const b = momentsOf(second);
  const degrees = a.count + b.count - 2;
  if (a.count === 0 || b.count === 0 || degrees < 1) {
    return { statistic: NaN, degrees, p: NaN };
  }
  const variance = (a.squares + b.squares) / degrees;
  const statistic = (a.mean - b.mean) / Math.sqrt(variance * (1 / a.count + 1 / b.count));
  return { statistic, degrees, p: studentP(statistic, degrees) };
}

/** @returns how likely Student's t is to be at least as far from zero as `statistic`. */
export function studentP(statistic: number, degrees: number): number {
  if (Number.isNaN(statistic)) return NaN;
  const square = statistic * statistic;
  if (square === Infinity) return 0;
  const sum = degrees + square;
  return regularisedBeta(degrees / 2, 0.5, degrees / sum, square / sum);
}

function momentsOf(values: readonly number[]): { count: number; mean: number; squares: number } {
  const known = values.filter((value) => !Number.isNaN(value));
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { count: known.length, mean, squares };
}
