import { expect, test } from 'vitest';
import { regularisedBeta } from './beta.ts';
import reference from './fixtures/scipy.json';
import { toBeCloseTo9 } from './testing/close.ts';

test.each(reference.regularisedBeta)(
  'I(%d, %d) up to %d is that of SciPy',
  (a = NaN, b = NaN, x = NaN, expected = NaN) => {
    toBeCloseTo9(regularisedBeta(a, b, x), expected);
  },
);

test('is 0 at 0, 1 at 1, and the whole of both sides in between', () => {
  expect([regularisedBeta(2, 3, 0), regularisedBeta(2, 3, 1)]).toEqual([0, 1]);
  expect(regularisedBeta(2, 3, 0.3) + regularisedBeta(3, 2, 0.7)).toBeCloseTo(1, 14);
});

test('keeps the digits of a small complement that is given', () => {
  // I_x(1, b) = 1 - (1 - x)^b, so that the other side is y^b.
  expect(regularisedBeta(2, 1, 1e-20, 1) / 1e-40).toBeCloseTo(1, 12);
});
