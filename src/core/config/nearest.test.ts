import fc from 'fast-check';
import { expect, test } from 'vitest';
import { didYouMean, editDistance, nearest } from './nearest.ts';

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

test('a part of a name is enough for advice', () => {
  expect(didYouMean('densenet', ['Conv5_FC3', 'MonaiDenseNet121'])).toEqual({
    action: 'Did you mean "MonaiDenseNet121"?',
  });
  expect(didYouMean('conv5', ['Stride_Conv5_FC3', 'AE_Conv5_FC3', 'Conv5_FC3'])).toEqual({
    action: 'Did you mean "Conv5_FC3"?',
  });
  expect(didYouMean('zzzz', ['Conv5_FC3'])).toEqual({});
});
