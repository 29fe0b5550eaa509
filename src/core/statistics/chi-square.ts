/**
 * Pearson's chi-square test of goodness of fit ("On the criterion that a given system of deviations
 * from the probable ...", 1900): do observed counts follow expected ones? The p-value is the upper
 * tail of the chi-square distribution, by the incomplete gamma function (Abramowitz and Stegun,
 * 26.4.19).
 */
import { upperGamma } from './gamma.ts';

export interface ChiSquareTest {
  readonly statistic: number;
  /** Categories less one. */
  readonly degrees: number;
  readonly p: number;
}

/**
 * @param observed - one number a category. @param expected - in the same order, with the same sum.
 * @returns p = 0 when something was observed where nothing is expected; p = 1 for one category.
 */
export function chiSquareTest(
  observed: readonly number[],
  expected: readonly number[],
): ChiSquareTest {
  let statistic = 0;
  observed.forEach((count, category) => {
    const awaited = expected[category] ?? 0;
    // Nothing awaited and nothing seen: the category says nothing.
    if (count !== awaited) statistic += (count - awaited) ** 2 / awaited;
  });
  const degrees = observed.length - 1;
  return { statistic, degrees, p: chiSquareP(statistic, degrees) };
}

/** @returns how likely chi-square is to be at least `statistic`. */
export function chiSquareP(statistic: number, degrees: number): number {
  return degrees < 1 ? 1 : upperGamma(degrees / 2, statistic / 2);
}
