import { expect, it } from 'vitest';
import { shareInterval } from './share-interval.ts';

// scipy.stats.beta.ppf(0.025, k, n - k + 1) and beta.ppf(0.975, k + 1, n - k)
it.each([
  [0, 5, 0, 0.5218237501048187],
  [5, 5, 0.4781762498951813, 1],
  [3, 10, 0.06673951117773447, 0.6524528500599972],
  [45, 60, 0.6214036445204557, 0.8528139262009964],
])('%i of %i lies in the exact interval', (right, all, low, high) => {
  const [from, to] = shareInterval(right, all);
  expect(from).toBeCloseTo(low, 6);
  expect(to).toBeCloseTo(high, 6);
});
