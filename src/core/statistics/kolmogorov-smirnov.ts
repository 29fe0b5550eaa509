/**
 * The two-sample test of Kolmogorov and Smirnov: do two samples come from one distribution? The
 * statistic is the largest distance of the two empirical distribution functions. The p-value is
 * exact for samples without ties (Hodges, "The significance probability of the Smirnov two-sample
 * test", 1958) and on the safe side, too large, with them.
 *
 * A sample of m and one of n are a path of m steps to the right and n upwards, all paths equally
 * likely. Its distance from the diagonal at (i, j), times m n, is the whole number |i n - j m|, so
 * that nothing is rounded before the probability.
 */

/** @returns m n D, a whole number: the statistic times the sizes of the samples. */
export function smirnovDistance(first: readonly number[], second: readonly number[]): number {
  const values = Float64Array.from(new Set([...first, ...second])).sort();
  const rank = new Map([...values].map((value, index) => [value, index]));
  const counts = [first, second].map((sample) => {
    const perValue = new Uint32Array(values.length);
    for (const value of sample) {
      const at = rank.get(value) as number;
      perValue[at] = (perValue[at] as number) + 1;
    }
    return perValue;
  }) as [Uint32Array, Uint32Array];
  return smirnovDistanceOfCounts(...counts);
}

/**
 * As `smirnovDistance`, for samples that are counted already.
 * @param first - how often the first sample has each value, values in ascending order
 */
export function smirnovDistanceOfCounts(first: Uint32Array, second: Uint32Array): number {
  const [m, n] = [total(first), total(second)];
  let largest = 0;
  let i = 0;
  let j = 0;
  for (let value = 0; value < first.length; value++) {
    i += first[value] as number;
    j += second[value] as number;
    largest = Math.max(largest, Math.abs(i * n - j * m));
  }
  return largest;
}

const total = (counts: Uint32Array): number => counts.reduce((sum, count) => sum + count, 0);

/**
 * @param distance - m n D, as `smirnovDistance` gives it
 * @returns how likely two samples of m and n from one distribution are to be at least so far apart
 */
export function smirnovP(distance: number, m: number, n: number): number {
  if (distance <= 0) return 1;
  // Share of the paths to (i, j) that have been at the distance or beyond: a path to (i, j) came
  // from (i - 1, j) with probability i / (i + j), from (i, j - 1) otherwise.
  const reached = new Float64Array(n + 1);
  for (let i = 0; i <= m; i++) {
    for (let j = 0; j <= n; j++) {
      if (Math.abs(i * n - j * m) >= distance) reached[j] = 1;
      else if (i + j === 0) reached[j] = 0;
      else {
        const left = i === 0 ? 0 : i * (reached[j] as number);
        const below = j === 0 ? 0 : j * (reached[j - 1] as number);
        reached[j] = (left + below) / (i + j);
      }
    }
  }
  return reached[n] as number;
}
