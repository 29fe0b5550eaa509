/**
 * The regularised incomplete beta function, by the continued fraction DLMF 8.17.22 (NIST Digital
 * Library of Mathematical Functions) and the symmetry 8.17.4 where it converges slowly.
 */
import { continuedFraction, logGamma } from './gamma.ts';

/**
 * @param x - in [0, 1]. @param y - 1 - x, given apart so that a small one keeps its digits.
 * @returns I_x(a, b) for a, b > 0.
 */
export function regularisedBeta(a: number, b: number, x: number, y = 1 - x): number {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - regularisedBeta(b, a, y, x);
  const scale = logGamma(a + b) - logGamma(a) - logGamma(b);
  const front = Math.exp(scale + a * Math.log(x) + b * Math.log(y)) / a;
  const fraction = continuedFraction(
    (n) => (n === 1 ? 1 : coefficient(n - 1, a, b, x)),
    () => 1,
  );
  return front * fraction;
}

/** The coefficient d(n) of DLMF 8.17.23. */
function coefficient(n: number, a: number, b: number, x: number): number {
  const m = Math.floor(n / 2);
  return n % 2 === 0
    ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
}
