import { describe, expect, test } from 'vitest';
import { thrownBy } from '../labels/testing/tables.ts';
import { bestSexP } from './likeness.ts';
import { digits, drawSet, type DrawChoice, type Person } from './draw-set.ts';

/** Women and men in turn, ages from 60 upwards. */
const crowd = (count: number, change: (index: number) => Partial<Person> = () => ({})): Person[] =>
  Array.from({ length: count }, (_, index) => ({
    participant: `sub-${index}`,
    strata: ['AD'],
    age: 60 + (index % 20),
    sex: index % 2 === 0 ? 'F' : 'M',
    ...change(index),
  }));
const CHOICE: DrawChoice = { size: 10, seed: 0, name: 'test' };
const thresholds = { age: 0.8, sex: 0.8, statistic: 'counts' } as const;

// From a first run: what someone published with a seed must come back in later versions.
const GOLDEN = ['sub-1', 'sub-20', 'sub-24', 'sub-31', 'sub-36', 'sub-37', 'sub-39', 'sub-6'];

test('the same seed draws the same for ever, another seed or name otherwise', () => {
  const names = (choice: Partial<DrawChoice>) =>
    [...drawSet(crowd(40), { ...CHOICE, size: 8, thresholds, ...choice }).participants].sort();
  expect(names({})).toEqual(GOLDEN);
  expect(names({ seed: 1 })).not.toEqual(GOLDEN);
  expect(names({ name: 'validation' })).not.toEqual(GOLDEN);
});

test('what is asked for is met, and told', () => {
  const { likeness, draws, participants } = drawSet(crowd(60), { ...CHOICE, thresholds });
  expect(participants.size).toBe(10);
  expect(draws).toBeGreaterThan(0);
  expect(likeness?.pAge).toBeGreaterThanOrEqual(0.8);
  expect(likeness?.pSex).toBeGreaterThanOrEqual(0.8);
});

test('the first draw that meets the thresholds is taken, and its number told', () => {
  const choice = { ...CHOICE, thresholds: { ...thresholds, age: 0.97 } };
  const drawn = drawSet(crowd(60), choice);
  expect(drawn.draws).toBeGreaterThan(2);
  expect(drawSet(crowd(60), { ...choice, maxDraws: drawn.draws })).toEqual(drawn);
  const fewer = thrownBy(() => drawSet(crowd(60), { ...choice, maxDraws: drawn.draws - 1 }));
  expect(fewer.code).toBe('SPLIT_UNLIKE');
  // A threshold that is reached exactly is met.
  const { pAge = NaN, pSex = NaN } = drawn.likeness ?? {};
  const exact = { ...choice, thresholds: { ...thresholds, age: pAge, sex: pSex } };
  expect(drawSet(crowd(60), exact).participants).toEqual(drawn.participants);
});

test('p-values are told in four digits, never rounded up', () => {
  expect([1, 0.79999, 0.0123456, 0.00012345, 0].map(digits)).toEqual([
    ...['1', '0.7999', '0.0123', '0.00012', '0'],
  ]);
});

test('without thresholds the first draw is taken, unknown ages and sexes or not', () => {
  const unknown = crowd(20, () => ({ age: NaN, sex: '' }));
  expect(drawSet(unknown, CHOICE)).toEqual({
    ...{ participants: expect.any(Set), draws: 1, problems: [] },
  });
});

describe('when nothing is found', () => {
  // No two sets have the same mean age.
  const odd = crowd(40, (index) => ({ age: 60 + Math.sqrt(index) }));

  test('it ends after the number of draws, with the best of them', () => {
    const choice = { ...CHOICE, thresholds: { ...thresholds, age: 0.9999999 } };
    const problem = thrownBy(() => drawSet(odd, { ...choice, maxDraws: 25 }));
    expect(problem.code).toBe('SPLIT_UNLIKE');
    expect(problem.expected).toBe('p_age >= 0.9999999 and p_sex >= 0.8');
    expect(problem.found).toMatch(
      /^no such set in 25 draws of 10 out of 40 participants with seed 0; the best p_age was 0\.\d+, the best p_sex 1, together p_age 0\.\d+ with p_sex (0\.\d+|1)$/,
    );
    expect(problem.action).toContain('--ignore_demographics');
  });

  test('the nearest draw is judged by what is asked alone', () => {
    const asked = { ...thresholds, age: 0.9999999, sex: 0 };
    const { found = '' } = thrownBy(() =>
      drawSet(odd, { ...CHOICE, size: 9, thresholds: asked, maxDraws: 25 }),
    );
    const [, best, nearest] =
      /best p_age was ([\d.]+\d),.* together p_age ([\d.]+\d) /.exec(found) ?? [];
    expect(best).toBeDefined();
    expect(nearest).toBe(best);
  });

  test('the number of draws is 10000 by default', () => {
    const choice = { ...CHOICE, size: 2, thresholds: { ...thresholds, age: 1, sex: 0 } };
    const two = crowd(4, (index) => ({ age: [60, 71, 83, 97][index] ?? 0 }));
    expect(thrownBy(() => drawSet(two, choice)).found).toContain('10000 draws');
  });
});

describe('a size at which whole people cannot be near enough', () => {
  test('gets the nearest sexes that there are, with a warning and the sizes that could', () => {
    const drawn = drawSet(crowd(40), { ...CHOICE, size: 3, thresholds });
    const women = [...drawn.participants].filter((name) => Number(name.slice(4)) % 2 === 0).length;
    expect([1, 2]).toContain(women);
    expect(drawn.likeness?.pSex).toBeCloseTo(bestSexP(crowd(40), 3, 'counts'), 9);
    expect(drawn.likeness?.pAge).toBeGreaterThanOrEqual(0.8);
    expect(drawn.problems).toMatchObject([
      {
        code: 'SPLIT_NEAREST',
        expected: 'p_sex >= 0.8',
        action: 'Take 2 or 4 participants to meet it.',
      },
    ]);
    expect(drawn.problems[0]?.found).toMatch(/^0\.\d+ for the best 3 of these 40 participants$/);
  });

  test('is told so without other sizes when there are none', () => {
    const lone = crowd(3, (index) => ({ sex: index === 0 ? 'F' : 'M', age: 70 }));
    const { problems } = drawSet(lone, { ...CHOICE, size: 1, thresholds });
    expect(problems[0]?.action).toBe('Take another number of participants to meet it.');
  });

  test.each([1, 3])('is told of sizes between none and all alone: %i of 4', (size) => {
    const four = crowd(4, () => ({ age: 70 }));
    const { problems } = drawSet(four, { ...CHOICE, size, thresholds });
    expect(problems[0]?.action).toBe('Take 2 participants to meet it.');
  });

  test('may be near enough for the statistic of 1.6.1', () => {
    const old = { ...thresholds, age: 0, statistic: 'proportions' } as const;
    expect(drawSet(crowd(40), { ...CHOICE, size: 5, thresholds: old }).problems).toEqual([]);
  });
});
