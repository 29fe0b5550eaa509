import { expect, test } from 'vitest';
import { rowAfterKey, rowWindow, scrollToShow } from './virtual-list.ts';

const viewport = { scrollTop: 0, height: 320, rowHeight: 32, rowCount: 5000 };

test('only the visible rows and the overscan exist', () => {
  expect(rowWindow(viewport, 2)).toEqual({ start: 0, end: 12, before: 0, after: 4988 * 32 });
});

test('spacers and rows together keep the full height', () => {
  for (const scrollTop of [0, 31, 32, 1000, 159_680, 1_000_000]) {
    const { start, end, before, after } = rowWindow({ ...viewport, scrollTop });
    expect(before + (end - start) * 32 + after).toBe(5000 * 32);
  }
});

test('scrolling beyond the end shows the last rows', () => {
  expect(rowWindow({ ...viewport, scrollTop: 1e9 }, 0)).toMatchObject({ start: 4990, end: 5000 });
});

test('a table shorter than its frame has all its rows', () => {
  expect(rowWindow({ ...viewport, rowCount: 3 })).toEqual({
    start: 0,
    end: 3,
    before: 0,
    after: 0,
  });
});

test('an empty table has none', () => {
  expect(rowWindow({ ...viewport, rowCount: 0 })).toEqual({
    start: 0,
    end: 0,
    before: 0,
    after: 0,
  });
});

test('scrolls no further than a row needs', () => {
  expect(scrollToShow(4, viewport)).toBe(0);
  expect(scrollToShow(10, viewport)).toBe(32);
  expect(scrollToShow(3, { ...viewport, scrollTop: 320 })).toBe(96);
});

test('keys move within the table', () => {
  expect(rowAfterKey('ArrowDown', 0, 3, 10)).toBe(1);
  expect(rowAfterKey('ArrowUp', 0, 3, 10)).toBe(0);
  expect(rowAfterKey('PageDown', 0, 3, 10)).toBe(2);
  expect(rowAfterKey('End', 0, 3, 10)).toBe(2);
  expect(rowAfterKey('a', 0, 3, 10)).toBeUndefined();
});
