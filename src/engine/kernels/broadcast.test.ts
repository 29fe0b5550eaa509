import { describe, expect, test } from 'vitest';
import { stream } from '../../core/random/philox.ts';
import { mergedOperands } from './broadcast.ts';

test('axes of one pattern become one', () => {
  expect(mergedOperands([2, 3, 5, 4, 8], [8])).toEqual({
    ...{ a: [120, 8], b: [1, 8], result: [120, 8] },
  });
  expect(mergedOperands([], [2, 3, 5, 4, 8])).toEqual({ a: [1], b: [960], result: [960] });
  expect(mergedOperands([2, 3, 5, 4, 8], [2, 1, 1, 1, 8])).toEqual({
    ...{ a: [2, 60, 8], b: [2, 1, 8], result: [2, 60, 8] },
  });
  expect(mergedOperands([2, 1, 1, 1, 3], [1, 4, 5, 6, 1])).toEqual({
    ...{ a: [2, 1, 3], b: [1, 120, 1], result: [2, 120, 3] },
  });
  expect(mergedOperands([1, 1, 1, 1, 1], [1])).toEqual({ a: [1], b: [1], result: [1] });
});

/** Indices into the operands for each number of the result, by the definition of broadcasting. */
function pairs(a: readonly number[], b: readonly number[]): [number, number][] {
  const rank = Math.max(a.length, b.length);
  const ofAxis = (shape: readonly number[], axis: number) =>
    shape[axis - (rank - shape.length)] ?? 1;
  let found: [number, number][] = [[0, 0]];
  for (let axis = 0; axis < rank; axis++) {
    const [x, y] = [ofAxis(a, axis), ofAxis(b, axis)];
    found = found.flatMap(([i, j]) =>
      Array.from({ length: Math.max(x, y) }, (_, k): [number, number] => [
        i * x + (x === 1 ? 0 : k),
        j * y + (y === 1 ? 0 : k),
      ]),
    );
  }
  return found;
}

describe('what is merged', () => {
  test.each(Array.from({ length: 60 }, (_, index) => index))('broadcasts alike, %d', (index) => {
    const numbers = stream(17, 'broadcast', index);
    const shape = Array.from({ length: 1 + numbers.below(6) }, () => 1 + numbers.below(3));
    const operand = () =>
      shape
        .map((length) => (numbers.below(2) === 0 ? 1 : length))
        .slice(numbers.below(shape.length + 1));
    const [a, b] = [operand(), operand()];
    const merged = mergedOperands(a, b);
    expect(pairs(merged.a, merged.b)).toEqual(pairs(a, b));
    expect(merged.a).toHaveLength(merged.b.length);
    // No two axes that follow one another have one pattern.
    const patterns = merged.a.map((x, axis) => `${x === 1} ${merged.b[axis] === 1}`);
    expect(patterns.every((pattern, axis) => pattern !== patterns[axis + 1])).toBe(true);
  });
});
