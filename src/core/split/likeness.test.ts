import { describe, expect, test } from 'vitest';
import { chiSquareP } from '../statistics/chi-square.ts';
import { bestSexP, countSexes, likeness, sexP, type Demographics } from './likeness.ts';

const group = (sexes: string, age = 70): Demographics[] =>
  [...sexes].map((sex, index) => ({ sex: sex === '-' ? '' : sex, age: age + index }));
const counts = (F: number, M: number) =>
  new Map([
    ['F', F],
    ['M', M],
  ]);

describe('sexes', () => {
  test('the test on counts is that of the textbook', () => {
    // 12 of 20 where 10 are awaited, of both sexes: 4 / 10 + 4 / 10.
    expect(sexP(counts(12, 8), counts(50, 50), 'counts')).toBeCloseTo(chiSquareP(0.8, 1), 12);
  });

  test('the test on proportions takes no notice of the size', () => {
    const ofTwenty = sexP(counts(12, 8), counts(50, 50), 'proportions');
    const ofThousand = sexP(counts(600, 400), counts(50, 50), 'proportions');
    expect(ofThousand).toBeCloseTo(ofTwenty, 12);
    expect(ofTwenty).toBeCloseTo(chiSquareP(0.04, 1), 12);
    expect(sexP(counts(600, 400), counts(50, 50), 'counts')).toBeLessThan(1e-9);
  });

  test('one sex is always met, a sex that the rest lacks never', () => {
    expect(sexP(counts(5, 1), new Map([['F', 9]]), 'counts')).toBe(0);
    expect(sexP(new Map([['F', 5]]), new Map([['F', 9]]), 'counts')).toBe(1);
  });

  test('nobody of a known sex on one side: nothing can be said', () => {
    expect(sexP(new Map(), counts(3, 4), 'counts')).toBe(0);
  });

  test('unknown ones are left out', () => {
    expect([...countSexes(group('FM-F-'))]).toEqual([
      ['F', 2],
      ['M', 1],
    ]);
  });
});

describe('ages', () => {
  const ages = (...values: number[]) => values.map((age) => ({ age, sex: 'F' }));

  test('are compared by the t-test of equal variances', () => {
    // SciPy 1.10.1: ttest_ind([70, 72, 74], [71, 75, 79, 70]).pvalue
    const { pAge } = likeness(ages(70, 72, NaN, 74), ages(71, 75, 79, 70), 'counts');
    expect(pAge).toBeCloseTo(0.5334686497146055, 10);
  });

  test.each([
    ['one age everywhere', [70, 70], [70], 1],
    ['constant ages that differ', [70, 70], [71, 71], 0],
    ['two people', [70], [71], 0],
    ['no known age on one side', [NaN], [70, 71], 0],
  ])('%s', (_name, set, rest, expected) => {
    expect(likeness(ages(...set), ages(...rest), 'counts').pAge).toBe(expected);
  });
});

describe('the best that a size can have', () => {
  test('is 1 where the sexes can be had in proportion', () => {
    expect(bestSexP(group('FFFFFMMMMM'), 4, 'counts')).toBe(1);
  });

  test('is that of the nearest whole people elsewhere', () => {
    // One of five women and five men: 1 against 4/9 and 5/9, or 0 against them.
    const best = sexP(counts(1, 0), counts(4, 5), 'counts');
    expect(bestSexP(group('FFFFFMMMMM'), 1, 'counts')).toBeCloseTo(best, 12);
    expect(best).toBeLessThan(0.8);
  });

  test('stays within the people there are', () => {
    // Nine of ten: one woman or one man is left, never both.
    const best = Math.max(
      sexP(counts(4, 5), counts(1, 0), 'counts'),
      sexP(counts(5, 4), counts(0, 1), 'counts'),
    );
    expect(bestSexP(group('FFFFFMMMMM'), 9, 'counts')).toBe(best);
  });

  test.each(['FFFF', 'FMX', 'FM-'])('is not looked for in %s', (sexes) => {
    expect(bestSexP(group(sexes), 1, 'counts')).toBe(1);
  });
});
