import { describe, expect, test } from 'vitest';
import reference from './fixtures/scipy.json';
import { studentP, studentTTest } from './student-t.ts';
import { toBeCloseTo9 } from './testing/close.ts';

type Sample = (number | null)[];
const numbers = (sample: Sample) => sample.map((value) => value ?? NaN);

test.each(reference.studentP)(
  'p of t = %d with %d degrees is that of SciPy',
  (t = NaN, k = NaN, expected = NaN) => {
    toBeCloseTo9(studentP(t, k), expected);
  },
);

test.each(reference.studentTTest as [Sample, Sample, number, number][])(
  'compares two samples as SciPy does, unknown values left out (%#)',
  (first, second, statistic, p) => {
    const ours = studentTTest(numbers(first), numbers(second));
    toBeCloseTo9(ours.statistic, statistic);
    toBeCloseTo9(ours.p, p);
  },
);

test('0.9 of the mass lies within 1.812 of zero for ten degrees (table of Student)', () => {
  expect(studentP(1.812461, 10)).toBeCloseTo(0.1, 6);
});

describe('samples that say nothing', () => {
  test.each([
    ['an empty one', [], [1, 2]],
    ['only unknown values', [NaN], [1, 2]],
    ['one value each', [1], [2]],
    ['the same value everywhere', [3, 3], [3, 3]],
  ])('%s: p is not a number', (_name, first, second) => {
    expect(studentTTest(first, second).p).toBeNaN();
  });

  test('constant ones that differ: p is 0', () => {
    expect(studentTTest([3, 3], [4, 4]).p).toBe(0);
  });
});
