import { expect, test } from 'vitest';
import { checkLabelCode, classNames, makeLabelCode } from './label-code.ts';

test('numbers labels in alphabetical order', () => {
  expect(makeLabelCode(['CN', 'AD', 'CN', 'MCI'])).toEqual({ AD: 0, CN: 1, MCI: 2 });
});

test('takes a label called __proto__ for a label', () => {
  expect(Object.entries(makeLabelCode(['__proto__', 'CN']))).toEqual([
    ['CN', 0],
    ['__proto__', 1],
  ]);
});

test('refuses a label with one value', () => {
  expect(() => makeLabelCode(['CN', 'CN'])).toThrow(/LABEL_ONE_CLASS.*"CN"/);
});

test('lets several labels share a class', () => {
  const code = { AD: 0, pMCI: 0, CN: 1 };
  expect(checkLabelCode(code, ['AD', 'CN', 'pMCI'])).toBe(code);
  expect(classNames(code)).toEqual(['AD|pMCI', 'CN']);
});

test.each([
  [{ AD: 0, CN: 1 }, /no number for "MCI"/],
  [{ AD: 0, CN: 2, MCI: 2 }, /without a gap/],
  [{ AD: 0, CN: 0, MCI: 0 }, /without a gap/],
])('refuses the code %j', (code, message) => {
  expect(() => checkLabelCode(code, ['AD', 'CN', 'MCI'])).toThrow(message);
});
