/**
 * The gamma function and its regularised incomplete form, by the formulas of the NIST Digital
 * Library of Mathematical Functions (DLMF): Stirling's series 5.11.1 after the recurrence 5.5.1, the
 * power series 8.7.1 and the continued fraction 8.9.2. Relative error below 1e-12 for the arguments
 * that tests of a few thousand participants give.
 */

/** B(2k) / (2k (2k - 1)) for k = 1, 2, ...: the coefficients of Stirling's series. */
const STIRLING = [
  ...[1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156],
  -3617 / 122400,
];
/** From here on the first term that is left out is below 1e-16. */
const STIRLING_FROM = 12;
const PRECISION = 1e-16;
/** Keeps the divisions of a continued fraction away from zero (Lentz, 1976). */
export const TINY = 1e-300;
const MAX_TERMS = 100_000;

/** @returns ln Γ(x) for x > 0. */
export function logGamma(x: number): number {
  let product = 1;
  let shifted = x;
  while (shifted < STIRLING_FROM) {
    product *= shifted;
    shifted += 1;
  }
  const inverse = 1 / shifted;
  let power = inverse;
  let series = 0;
  for (const coefficient of STIRLING) {
    series += coefficient * power;
    power *= inverse * inverse;
  }
  const stirling = (shifted - 0.5) * Math.log(shifted) - shifted + Math.log(2 * Math.PI) / 2;
  return stirling + series - Math.log(product);
}

/** @returns Q(a, x) = Γ(a, x) / Γ(a) for a > 0 and x >= 0: the upper tail, 1 at x = 0. */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  if (x === Infinity) return 0;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - front * lowerSeries(a, x) : front * upperFraction(a, x);
}

/** Γ(a) P(a, x) / (x^a e^-x): the sum of x^n / (a (a + 1) ... (a + n)). */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MAX_TERMS && term > sum * PRECISION; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/** Γ(a, x) / (x^a e^-x) = 1 / (x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / ...)). */
function upperFraction(a: number, x: number): number {
  return continuedFraction(
    (n) => (n === 1 ? 1 : -(n - 1) * (n - 1 - a)),
    (n) => x + 2 * n - 1 - a,
  );
}

/**
 * a(1) / (b(1) + a(2) / (b(2) + ...)) by Lentz's method, as Thompson and Barnett modified it
 * ("Coulomb and Bessel functions of complex arguments and order", 1986).
 */
export function continuedFraction(
  numerator: (n: number) => number,
  denominator: (n: number) => number,
): number {
  let value = TINY;
  let c = TINY;
  let d = 0;
  for (let n = 1; n < MAX_TERMS; n++) {
    d = 1 / awayFromZero(denominator(n) + numerator(n) * d);
    c = awayFromZero(denominator(n) + numerator(n) / c);
    value *= c * d;
    if (Math.abs(c * d - 1) < PRECISION) break;
  }
  return value;
}

const awayFromZero = (x: number): number => (Math.abs(x) < TINY ? TINY : x);
