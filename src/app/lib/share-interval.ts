/**
 * The interval of a share of successes after Clopper and Pearson (1934): exact, so that it holds for
 * the two or three sessions of a bin. Bounds are quantiles of beta distributions, found by halving.
 */
import { regularisedBeta } from '../../core/statistics/beta.ts';

/**
 * @param right - 0 to `all`. @param all - 1 or more
 * @returns lower and upper bound, 95 %
 */
export function shareInterval(right: number, all: number): [low: number, high: number] {
  const tail = 0.025;
  const low = right === 0 ? 0 : quantile(tail, right, all - right + 1);
  const high = right === all ? 1 : quantile(1 - tail, right + 1, all - right);
  return [low, high];
}

function quantile(probability: number, a: number, b: number): number {
  let [low, high] = [0, 1];
  // Fifty halvings are more than doubles can tell apart.
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (regularisedBeta(a, b, middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
