import { describe, expect, test } from 'vitest';
import reference from './fixtures/stratified-folds.json';
import { classSizes, stratifiedFolds } from './stratified-folds.ts';

type Case = [count: number, labels: string, folds: string | null];
const cases = reference.cases as Case[];
const agreed = cases.filter((entry): entry is [number, string, string] => entry[2] !== null);

test.each(agreed)('%d folds of "%s" are those of scikit-learn', (count, labels, folds) => {
  expect(stratifiedFolds([...labels], count).join('')).toBe(folds);
});

test('scikit-learn refuses where every class is smaller than the number of folds', () => {
  for (const [count, labels, folds] of cases) {
    const largest = Math.max(...classSizes([...labels]).values());
    expect(folds === null, `${count} folds of ${labels}`).toBe(count > largest);
  }
});

describe('for every number of folds and classes', () => {
  const labels = [...'ABCAABBBCADDDDDDDDDDDACBBAAAD'];

  test.each([2, 3, 4, 7])('%d folds differ by one row in size and in each class', (count) => {
    const folds = stratifiedFolds(labels, count);
    const sizes = spread(folds.map(String), count);
    expect(sizes).toBeLessThanOrEqual(1);
    for (const label of classSizes(labels).keys()) {
      const ofClass = folds.filter((_fold, row) => labels[row] === label);
      expect(spread(ofClass.map(String), count), label).toBeLessThanOrEqual(1);
    }
  });

  test('the names of the classes do not matter, their order of appearance does', () => {
    const renamed = labels.map((label) => ({ A: 'z', B: 'y', C: 'x', D: 'w' })[label] as string);
    expect(stratifiedFolds(renamed, 4)).toEqual(stratifiedFolds(labels, 4));
  });
});

test('counts classes in the order in which they appear', () => {
  expect([...classSizes([...'BABCC'])]).toEqual([
    ['B', 2],
    ['A', 1],
    ['C', 2],
  ]);
});

/** Difference between the largest and the smallest of `count` parts. */
function spread(parts: readonly string[], count: number): number {
  const sizes = [...classSizes(parts).values()];
  return Math.max(...sizes) - (sizes.length < count ? 0 : Math.min(...sizes));
}
