import { expect, test } from 'vitest';
import { countingNumber, positiveNumber, wholeNumber, wholeNumbers } from './numbers.ts';

test('reads whole numbers and refuses the rest', () => {
  expect(wholeNumber('12')).toBe(12);
  for (const text of ['', 'abc', '1.5', '-1', '1e3', '0x10', '99999999999999999999']) {
    expect(() => wholeNumber(text), text).toThrow('whole number');
  }
  expect(countingNumber('1')).toBe(1);
  expect(() => countingNumber('0')).toThrow('above 0');
  expect(wholeNumbers('2', wholeNumbers('0'))).toEqual([0, 2]);
});

test('reads numbers above 0 and refuses the rest', () => {
  expect(positiveNumber('1e-3')).toBe(0.001);
  for (const text of ['', ' ', 'abc', '0', '-1', 'Infinity', 'NaN']) {
    expect(() => positiveNumber(text), text).toThrow('above 0');
  }
});
