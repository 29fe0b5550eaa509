import { expect, test } from 'vitest';
import reference from './fixtures/scipy.json';
import { logGamma, upperGamma } from './gamma.ts';
import { toBeCloseTo9 } from './testing/close.ts';

test.each(reference.logGamma)('ln Γ(%d) is that of SciPy', (x = NaN, expected = NaN) => {
  // It goes into an exponent: what counts is the absolute error.
  toBeCloseTo9(logGamma(x), expected, 1);
});

test('Γ of a whole number is a factorial, of a half a multiple of √π', () => {
  expect(Math.exp(logGamma(6))).toBeCloseTo(120, 9);
  expect(Math.exp(logGamma(0.5))).toBeCloseTo(Math.sqrt(Math.PI), 12);
});

test.each(reference.upperGamma)(
  'Q(%d, %d) is that of SciPy',
  (a = NaN, x = NaN, expected = NaN) => {
    toBeCloseTo9(upperGamma(a, x), expected);
  },
);

test('the whole mass lies above 0, none above infinity', () => {
  expect([upperGamma(2, 0), upperGamma(2, -1), upperGamma(2, Infinity)]).toEqual([1, 1, 0]);
});

test('Q(1, x) is the exponential', () => {
  for (const x of [0.1, 1.9, 2.1, 20]) expect(upperGamma(1, x)).toBeCloseTo(Math.exp(-x), 14);
});
