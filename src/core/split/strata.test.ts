import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stream } from '../random/philox.ts';
import { drawSome, drawStratified, shareOut } from './strata.ts';
import { tally } from './testing/cohorts.ts';

const random = (seed = 0) => stream(seed, 'strata');

describe('places are shared out', () => {
  test('each share is the exact one, rounded down or up, and all are given', () => {
    const sizes = fc.array(fc.nat(50), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(sizes, fc.nat(1000), fc.nat(), (counts, part, seed) => {
        const all = counts.reduce((sum, size) => sum + size, 0);
        const total = Math.floor((all * part) / 1000);
        const shares = shareOut(counts, total, random(seed));
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(total);
        shares.forEach((share, stratum) => {
          const exact = all === 0 ? 0 : ((counts[stratum] ?? 0) * total) / all;
          expect(Math.abs(share - exact)).toBeLessThan(1);
          expect(share).toBeLessThanOrEqual(counts[stratum] ?? 0);
        });
      }),
    );
  });

  test('the largest remainder comes first', () => {
    // Exact shares 2.69, 1.54 and 0.77.
    expect(shareOut([7, 4, 2], 5, random())).toEqual([3, 1, 1]);
  });

  test('equal remainders take turns by lot', () => {
    const first = Array.from({ length: 200 }, (_, seed) => shareOut([5, 5], 5, random(seed))[0]);
    const twos = first.filter((share) => share === 2).length;
    expect(twos).toBeGreaterThan(60);
    expect(twos).toBeLessThan(140);
  });
});

test('some of the items: as many as asked, none twice, all in any place', () => {
  const items = ['a', 'b', 'c', 'd'];
  const pairs = Array.from({ length: 600 }, (_, seed) => drawSome(items, 2, random(seed)));
  const counts = tally(pairs.map((pair) => pair.join('')));
  // Twelve ordered pairs, 50 times each with a standard deviation of 7.
  expect(Object.keys(counts)).toHaveLength(12);
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(20);
  expect(drawSome(items, 4, random()).sort()).toEqual(items);
  expect(drawSome(items, 0, random())).toEqual([]);
});

describe('drawing', () => {
  const person = (id: number, ...strata: string[]) => ({ id, strata });
  const crowd = Array.from({ length: 60 }, (_, id) =>
    person(id, id < 40 ? 'AD' : 'CN', id % 2 === 0 ? 'S1' : 'S2'),
  );

  test('follows nested strata', () => {
    const drawn = drawStratified(crowd, 12, random());
    expect(tally(drawn.map(({ strata }) => strata.join(' ')))).toEqual({
      ...{ 'AD S1': 4, 'AD S2': 4, 'CN S1': 2, 'CN S2': 2 },
    });
    expect(new Set(drawn.map(({ id }) => id)).size).toBe(12);
  });

  test('without strata everyone is as likely', () => {
    const alike = crowd.map(({ id }) => person(id));
    const drawn = Array.from({ length: 300 }, (_, seed) => drawStratified(alike, 20, random(seed)));
    const counts = Object.values(tally(drawn.flat().map(({ id }) => String(id))));
    // 300 draws of a third: 100 times each, with a standard deviation of 8.
    expect(counts).toHaveLength(60);
    expect(Math.min(...counts)).toBeGreaterThan(60);
    expect(Math.max(...counts)).toBeLessThan(140);
  });

  test('leaves the crowd as it was', () => {
    const before = [...crowd];
    drawStratified(crowd, 30, random());
    expect(crowd).toEqual(before);
  });

  test('nobody out of nobody', () => {
    expect(drawStratified([], 0, random())).toEqual([]);
  });
});

describe('drawn stratum by stratum', () => {
  const person = (name: string, ...strata: string[]) => ({ name, strata });

  test('a stratum of one person is drawn as any other', () => {
    expect(drawStratified([person('a', 'X')], 1, random())).toEqual([person('a', 'X')]);
    const two = [person('a', 'X'), person('b', 'Y')];
    expect(drawStratified(two, 2, random())).toEqual(two);
  });

  test('strata come in the order of their names, whatever order the people have', () => {
    const names = ['MCI', 'AD', 'CN'];
    const people = Array.from({ length: 12 }, (_, at) => person(`p${at}`, names[at % 3] ?? ''));
    const drawn = drawStratified(people, 6, random());
    expect(drawn.map(({ strata }) => strata[0])).toEqual(['AD', 'AD', 'CN', 'CN', 'MCI', 'MCI']);
  });

  test('nobody out of nobody', () => {
    expect(drawStratified([], 0, random())).toEqual([]);
  });
});
