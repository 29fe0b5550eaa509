import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileGlob } from './glob.ts';

test.each([
  ['*_T1w.nii.gz', 'sub-1_ses-1_T1w.nii.gz', true],
  ['*_T1w.nii.gz', 't1_linear/sub-1_ses-1_T1W.NII.GZ', true],
  ['*_T1w.nii.gz', 'sub-1_T1w.nii', false],
  ['pet_linear/*_pet.nii.gz', 'a/pet_linear/x_pet.nii.gz', true],
  ['pet_linear/*_pet.nii.gz', 'pet_linear/b/x_pet.nii.gz', false],
  ['pet_linear/*_pet.nii.gz', 'x_pet.nii.gz', false],
  ['*a*b*', 'xxaxxbxx', true],
  ['*a*b', 'ab_ba', false],
  ['r?n-[0-9].nii', 'run-7.nii', true],
  ['run-[!0-9].nii', 'run-7.nii', false],
  ['a[.nii', 'a[.nii', true],
  ['a.c', 'abc', false],
])('%s and %s: %s', (pattern, path, expected) => {
  expect(compileGlob(pattern)(path)).toBe(expected);
});

test('can mind the case', () => {
  expect(compileGlob('*Left*', { caseSensitive: true })('roi-left')).toBe(false);
});

test('a star stands for anything, whatever the letters around it', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'B', '.', '\\', ']', '^', '-', '$') });
  fc.assert(
    fc.property(text, text, text, (before, middle, after) => {
      expect(compileGlob(`${before}*${after}`)(before + middle + after)).toBe(true);
    }),
  );
});

test('never fails on a pattern, however odd', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (pattern, path) => {
      expect(typeof compileGlob(`[${pattern}]*`)(path)).toBe('boolean');
    }),
  );
});

test('many stars take no exponential time', () => {
  const pattern = `${'*a'.repeat(60)}b`;
  expect(compileGlob(pattern)('a'.repeat(5000))).toBe(false);
});
