import { describe, expect, it } from 'vitest';
import { cohortFindings, median, type CheckedScan } from './cohort-findings.ts';

const affineOf = (mm: number) => [mm, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

function scan(index: number, changes: Partial<CheckedScan> = {}): CheckedScan {
  return {
    ...{ participant: `sub-${index}`, session: 'ses-M000', file: `sub-${index}.nii.gz` },
    ...{ shape: [10, 11, 12], affine: affineOf(1), hash: `hash ${index}` },
    ...{ millilitres: 1500 + 10 * index, ...changes },
  };
}

const cohort = (...odd: Partial<CheckedScan>[]): CheckedScan[] => [
  ...[0, 1, 2, 3, 4, 5].map((index) => scan(index)),
  ...odd.map((changes, index) => scan(index + 6, changes)),
];
const codesOf = (scans: readonly CheckedScan[]) =>
  [...cohortFindings(scans)].map(([name, found]) => [name, found.map(({ code }) => code)]);

describe('scans side by side', () => {
  it('are all as usual where they are alike', () => {
    expect(codesOf(cohort())).toEqual([]);
  });

  it('differ in shape and in voxel size', () => {
    const odd = cohort({ shape: [10, 11, 13] }, { affine: affineOf(1.2) });
    expect(codesOf(odd)).toEqual([
      ['sub-6/ses-M000', ['QUALITY_SHAPE']],
      ['sub-7/ses-M000', ['QUALITY_SPACING']],
    ]);
    const [finding] = cohortFindings(odd).get('sub-6/ses-M000') ?? [];
    expect(finding).toMatchObject({
      ...{ participant: 'sub-6', file: 'sub-6.nii.gz', found: '10 x 11 x 13 voxels' },
      expected: '10 x 11 x 12 voxels, as 7 of 8 scans',
    });
    expect(cohortFindings(odd).get('sub-7/ses-M000')?.[0]?.found).toBe('1.20 x 1.00 x 1.00 mm');
  });

  it('have no usual shape where there are few, or where they are mixed', () => {
    expect(codesOf([scan(0), scan(1), scan(2, { shape: [9, 9, 9] })])).toEqual([]);
    const mixed = [0, 1, 2, 3, 4, 5].map((index) => scan(index, { shape: [10 + index, 11, 12] }));
    expect(codesOf(mixed)).toEqual([]);
  });

  it('have an outlying brain size by median and median absolute deviation', () => {
    const sizes = cohort({ millilitres: 900 }, { millilitres: 1650 });
    expect(codesOf(sizes)).toEqual([['sub-6/ses-M000', ['QUALITY_BRAIN_SIZE']]]);
    // Median 1525, deviation 1.4826 x 20: five of them are less than a tenth of the median.
    expect(cohortFindings(sizes).get('sub-6/ses-M000')?.[0]).toMatchObject({
      expected: '1373 to 1678 ml in its outline, as the others',
      found: '900 ml',
    });
    expect(codesOf(cohort({ millilitres: undefined }))).toEqual([]);
  });

  it('are told apart from their copies, both ways', () => {
    const copies = cohort({ hash: 'hash 0' });
    expect(codesOf(copies)).toEqual([
      ['sub-0/ses-M000', ['QUALITY_DUPLICATE']],
      ['sub-6/ses-M000', ['QUALITY_DUPLICATE']],
    ]);
    const [finding] = cohortFindings(copies).get('sub-6/ses-M000') ?? [];
    expect(finding?.found).toBe('the same voxels in sub-0.nii.gz');
    // Empty volumes have no hash and are no copies of each other.
    expect(codesOf(cohort({ hash: undefined }, { hash: undefined }))).toEqual([]);
  });
});

describe('the median', () => {
  it('is the middle value, or the mean of both', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});
