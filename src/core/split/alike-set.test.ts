import { expect, test } from 'vitest';
import { smirnovDistance, smirnovP } from '../statistics/kolmogorov-smirnov.ts';
import { drawAlike } from './alike-set.ts';

const CHOICE = { size: 10, count: 40, seed: 0, name: 'test', draws: 200 };
const column = (name: string, cell: (index: number) => string) => ({
  name,
  cells: Array.from({ length: 40 }, (_, index) => cell(index)),
});
const age = column('age', (index) => String(60 + index / 2));
const diagnosis = column('diagnosis', (index) => ['AD', 'CN', 'MCI'][index % 3] ?? '');

/** The p-value of a column of numbers, worked out apart. */
function pOf(cells: readonly string[], positions: ReadonlySet<number>): number {
  const known = cells.map((cell, at) => ({ value: Number(cell), at, isThere: cell !== '' }));
  const side = (isIn: boolean) =>
    known.filter((x) => x.isThere && positions.has(x.at) === isIn).map((x) => x.value);
  const [set, rest] = [side(true), side(false)];
  return smirnovP(smirnovDistance(set, rest), set.length, rest.length);
}

test('takes the set whose worst column is best', () => {
  const one = drawAlike([age], { ...CHOICE, draws: 1 });
  const best = drawAlike([age], CHOICE);
  expect(best.positions.size).toBe(10);
  expect(best.p).toBeCloseTo(pOf(age.cells, best.positions), 12);
  expect(best.p).toBeGreaterThan(one.p);
  expect(best.p).toBeGreaterThan(0.95);
});

test('names the column that is least alike', () => {
  // A constant column is always alike.
  const constant = column('site', () => 'S1');
  expect(drawAlike([constant, age], { ...CHOICE, draws: 1 }).column).toBe('age');
  expect(drawAlike([constant], { ...CHOICE, draws: 1 })).toMatchObject({ p: 1, column: 'site' });
});

test('texts are compared by their order, so that renaming them in order changes nothing', () => {
  const renamed = column('diagnosis', (index) => ['1', '2', '3'][index % 3] ?? '');
  expect(drawAlike([diagnosis, age], CHOICE)).toEqual(drawAlike([renamed, age], CHOICE));
});

test('numbers are compared as numbers, unless a text stands among them', () => {
  const score = column('score', (index) => String(5 + (index % 9)));
  const mixed = column('score', (index) => ['5 or so', '9', '10'][index % 3] ?? '');
  const inOrder = column('score', (index) => ['2', '3', '1'][index % 3] ?? '');
  for (const seed of [0, 1, 2, 3]) {
    const choice = { ...CHOICE, draws: 1, size: 7, seed };
    const drawn = drawAlike([score], choice);
    expect(drawn.p).toBeCloseTo(pOf(score.cells, drawn.positions), 12);
    expect(drawAlike([mixed], choice)).toEqual(drawAlike([inOrder], choice));
  }
});

test('missing cells are left out of their column', () => {
  const holes = column('score', (index) => (index % 4 === 0 ? '' : String(index % 13)));
  for (const seed of [0, 1, 2, 3]) {
    const drawn = drawAlike([holes], { ...CHOICE, draws: 1, seed });
    expect(drawn.p).toBeCloseTo(pOf(holes.cells, drawn.positions), 12);
  }
  const empty = column('nothing', () => '');
  expect(drawAlike([empty], CHOICE).p).toBe(1);
});

test('the same seed gives the same set, another one another', () => {
  expect(drawAlike([age], CHOICE)).toEqual(drawAlike([age], CHOICE));
  const other = drawAlike([age], { ...CHOICE, seed: 1 });
  expect([...other.positions]).not.toEqual([...drawAlike([age], CHOICE).positions]);
});
