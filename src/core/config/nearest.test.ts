import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, nearest } from './nearest.ts';

test('finds a name that was mistyped', () => {
  const names = ['learning_rate', 'weight_decay', 'epochs'];
  expect(nearest('lerning_rate', names)).toBe('learning_rate');
  expect(nearest('Epoch', names)).toBe('epochs');
});

test('suggests nothing when nothing is near', () => {
  expect(nearest('zzzzzzzz', ['learning_rate', 'epochs'])).toBeUndefined();
});

test('is a distance', () => {
  const word = fc.string({ maxLength: 6, unit: fc.constantFrom('a', 'b', 'c') });
  fc.assert(
    fc.property(word, word, word, (a, b, c) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
    }),
  );
});
