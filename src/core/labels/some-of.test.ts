import { expect, test } from 'vitest';
import { someOf, someSessions } from './some-of.ts';

test('says how many there are, the first few, and how many more', () => {
  expect(someOf([])).toBe('0: ');
  expect(someOf(['a', 'b'])).toBe('2: a, b');
  expect(someOf(['a', 'b', 'c'], 2)).toBe('3: a, b and 1 more');
});

test('never repeats a huge name', () => {
  expect(someOf(['x'.repeat(1_000_000)]).length).toBeLessThan(100);
});

test('names sessions by participant and session', () => {
  expect(someSessions([{ participant: 'sub-1', session: 'ses-M000' }])).toBe('1: sub-1 ses-M000');
});
