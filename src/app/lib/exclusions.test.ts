import { expect, test } from 'vitest';
import { newOnes, noReasons, withReasons, without } from './exclusions.ts';

test('what is left out twice stands once, with the last reason', () => {
  const first = withReasons(noReasons, ['a', 'b'], 'blurred');
  const second = withReasons(first, ['b'], 'moved');
  expect([...second]).toEqual([
    ['a', 'blurred'],
    ['b', 'moved'],
  ]);
  expect(noReasons.size).toBe(0);
  expect(newOnes(['a'], ['a', 'b', 'b'])).toEqual(['b']);
  expect(without(['a', 'b', 'c'], ['b', 'x'])).toEqual(['a', 'c']);
});
