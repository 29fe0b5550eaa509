import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance } from '../config/nearest.ts';
import { NameFinder, NearFileFinder } from './near.ts';

describe('of many names', () => {
  test.each([
    ['sub-1', ['sub-010', 'sub-001', 'sub-100'], 'sub-001'],
    ['sub-ADNI011S0002', ['sub-ADNI011S0003', 'sub-OASIS10002'], 'sub-ADNI011S0003'],
    ['sub-X0042', ['sub-0042', 'sub-Y9999', 'sub-X1111'], 'sub-0042'],
    ['SUB-7', ['sub-70', 'sub-07'], 'sub-07'],
    ['ses-M12', ['ses-M000', 'ses-M012', 'ses-M120'], 'ses-M012'],
  ])('%s is nearest among %j to %s', (name, names, nearest) => {
    expect(new NameFinder(names).nearest(name)).toBe(nearest);
  });

  test('the nearest of none is none', () => {
    expect(new NameFinder([]).nearest('sub-1')).toBeUndefined();
  });

  test('a name with one wrong letter is found whatever the letter', () => {
    const id = fc.stringMatching(/^sub-[A-Z]{6}[0-9]{4}$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(id, { minLength: 1, maxLength: 200 }),
        fc.nat(),
        fc.integer({ min: 4, max: 13 }),
        (names, which, at) => {
          const meant = names[which % names.length] ?? '';
          const typed = `${meant.slice(0, at)}_${meant.slice(at + 1)}`;
          const found = new NameFinder(names).nearest(typed) ?? '';
          expect(editDistance(found.toLowerCase(), typed.toLowerCase())).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  test('10,000 names are searched 10,000 times in a moment', () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `sub-ADNI${i * 7}`);
    const finder = new NameFinder(names);
    const start = performance.now();
    for (let i = 0; i < 10_000; i += 1) finder.nearest(`sub-ADNI${i * 7 + 3}X`);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('of the files of a session', () => {
  const PATTERN = '*space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w.nii.gz';
  const file = (rest: string) => `t1_linear/sub-1_ses-1_${rest}`;

  test('the nearest is the one that differs least from the pattern', () => {
    const near = file('space-MNI152NLin2009cSym_res-1x1x1_T1w.nii.gz');
    const files = [file('T1w.nii.gz'), near, 'pet/sub-1_ses-1_pet.nii.gz'];
    expect(new NearFileFinder(PATTERN).nearest(files)).toBe(near);
  });

  test('ids count for nothing, so that a long id is no distance', () => {
    const finder = new NearFileFinder('*_T1w.nii.gz');
    const files = ['a/sub-1_ses-1_X.nii.gz', 'a/sub-LONGLONGLONGLONG_ses-LONG_T1w.nii.gz'];
    expect(finder.nearest(files)).toBe(files[1]);
  });

  test('there is none without files', () => {
    expect(new NearFileFinder(PATTERN).nearest([])).toBeUndefined();
  });
});
