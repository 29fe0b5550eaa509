import { expect, test } from 'vitest';
import { undoOf } from './undo-keys.ts';

const event = (key: string, changes: object = {}) => ({
  ...{ key, ctrlKey: true, metaKey: false, shiftKey: false, altKey: false },
  ...changes,
});

test('the usual keys of every system', () => {
  expect(undoOf(event('z'))).toBe('undo');
  expect(undoOf(event('Z', { shiftKey: true }))).toBe('redo');
  expect(undoOf(event('y'))).toBe('redo');
  expect(undoOf(event('z', { ctrlKey: false, metaKey: true }))).toBe('undo');
});

test('nothing else', () => {
  expect(undoOf(event('z', { ctrlKey: false }))).toBeUndefined();
  expect(undoOf(event('z', { altKey: true }))).toBeUndefined();
  expect(undoOf(event('x'))).toBeUndefined();
});
