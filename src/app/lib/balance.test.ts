import { expect, test } from 'vitest';
import type { ParticipantRow } from '../../jobs/session-api.ts';
import { balance } from './balance.ts';

const rows = new Map<string, ParticipantRow>();
const add = (
  participant: string,
  session: string,
  age: string,
  sex: string,
  dx: string,
): string => {
  const key = `${participant}/${session}`;
  const cells = { age, sex, dx };
  rows.set(key, { participant, session, path: 'x.nii', damaged: false, cells });
  return key;
};
const train = [
  ...[add('sub-01', 'ses-M000', '70', 'F', 'AD'), add('sub-02', 'ses-M000', '72', 'female', 'AD')],
  ...[add('sub-03', 'ses-M000', '75', 'F', 'CN'), add('sub-04', 'ses-M000', '80', 'F', 'CN')],
  ...[add('sub-05', 'ses-M000', '81', 'M', 'CN'), add('sub-06', 'ses-M000', '66', 'M', 'AD')],
  // A later session of someone: neither the age nor the label is that of the first.
  add('sub-06', 'ses-M012', '67', 'M', 'CN'),
];
const validation = [
  ...[add('sub-11', 'ses-M000', '60', 'F', 'AD'), add('sub-12', 'ses-M000', '65', 'M', 'CN')],
  add('sub-13', 'ses-M000', '71', 'M', 'CN'),
];
const columns = { label: 'dx', age: 'age', sex: 'sex' };

test('people count once, at their first session; sessions are counted beside them', () => {
  const { sets, sexes, labels } = balance(rows, { train, validation, test: [] }, columns);
  expect(sets.map(({ set }) => set)).toEqual(['train', 'validation']);
  expect(sets[0]).toMatchObject({ participants: 6, sessions: 7, age: { count: 6, mean: 74 } });
  expect(Object.fromEntries(sets[0]?.sexes ?? [])).toEqual({ F: 4, M: 2 });
  expect(Object.fromEntries(sets[0]?.labels ?? [])).toEqual({ AD: 3, CN: 3 });
  expect([sexes, labels]).toEqual([
    ['F', 'M'],
    ['AD', 'CN'],
  ]);
});

test('p-values are those of SciPy', () => {
  const { tests } = balance(rows, { train, validation, test: [] }, columns);
  // ttest_ind([60, 65, 71], [70, 72, 75, 80, 81, 66]); chisquare([1, 2], [2, 1]); [1, 2], [1.5, 1.5]
  expect(tests.get('validation')?.age).toBeCloseTo(0.0701372, 7);
  expect(tests.get('validation')?.sex).toBeCloseTo(0.2206714, 7);
  expect(tests.get('validation')?.label).toBeCloseTo(0.5637029, 7);
  expect(tests.get('validation')?.isRough).toBe(true);
});

test('what the table does not have is not tested', () => {
  const { tests, sets } = balance(
    rows,
    { train, validation: [], test: validation },
    { label: 'dx' },
  );
  expect(tests.get('validation')).toBeUndefined();
  expect(tests.get('test')).toMatchObject({ age: NaN, sex: NaN });
  expect(sets[0]?.age.count).toBe(0);
});

test('a number to predict has a mean and a range, and the t-test of ages; no classes are counted', () => {
  const sets = { train, validation, test: [] };
  const ofAge = balance(rows, sets, { label: 'age', isNumber: true, age: 'age', sex: 'sex' });
  expect(ofAge.labels).toEqual([]);
  const [first, second] = ofAge.sets;
  expect(first?.value).toMatchObject({ count: 6, mean: 74, low: 66, high: 81 });
  expect(second?.value).toMatchObject({ count: 3, low: 60, high: 71 });
  const tests = ofAge.tests.get('validation');
  expect(tests?.label).toBeCloseTo(tests?.age ?? NaN, 12);
  // scipy.stats.ttest_ind([60, 65, 71], [70, 72, 75, 80, 81, 66])
  expect(tests?.label).toBeCloseTo(0.0701371979528, 10);
});

test('without a label there is nothing to count but people', () => {
  const none = balance(rows, { train, validation, test: [] }, { ...columns, label: '' });
  expect(none.labels).toEqual([]);
  expect(none.sets[0]?.participants).toBe(6);
  expect(none.tests.get('validation')?.label).toBeNaN();
});
