import { expect, test } from 'vitest';
import type { ScanPrediction } from '../../jobs/session-api.ts';
import { probabilityOf, scansFound, scansSorted } from './scan-rows.ts';

const model = { classes: ['AD', 'CN'] };
const row = (participant: string, share: number, more: Partial<ScanPrediction> = {}) => ({
  ...{ participant, session: 'ses-M000', trueLabel: '', bySplit: [] },
  ...{ predictedLabel: share >= 0.5 ? 'AD' : 'CN', probabilities: [share, 1 - share] },
  ...more,
});
const rows: ScanPrediction[] = [
  row('sub-02', 0.6),
  row('sub-01', 0.1, { seen: 'train', spread: 0.2 }),
  row('sub-03', 0.95, { spread: 0.1 }),
];
const people = (some: readonly ScanPrediction[]) => some.map(({ participant }) => participant);

test('the probability is that of the class that the model says', () => {
  expect(rows.map((one) => probabilityOf(one, model))).toEqual([0.6, 0.9, 0.95]);
  expect(probabilityOf({ ...row('sub-04', 0.5), probabilities: [] }, model)).toBeNaN();
});

test('finds rows by all the words, in any case', () => {
  expect(people(scansFound(rows, 'ad SES-m000'))).toEqual(['sub-02', 'sub-03']);
  expect(people(scansFound(rows, ' '))).toEqual(people(rows));
  expect(scansFound(rows, 'nobody')).toEqual([]);
});

test('sorts by any column; what is not known comes last both ways', () => {
  const by = (column: string, descending = false) =>
    people(scansSorted(rows, { column, descending }, model));
  expect(by('participant')).toEqual(['sub-01', 'sub-02', 'sub-03']);
  expect(by('probability', true)).toEqual(['sub-03', 'sub-01', 'sub-02']);
  expect(by('spread')).toEqual(['sub-03', 'sub-01', 'sub-02']);
  expect(by('spread', true)).toEqual(['sub-01', 'sub-03', 'sub-02']);
  expect(by('seen')).toEqual(['sub-01', 'sub-02', 'sub-03']);
  expect(people(scansSorted(rows, undefined, model))).toEqual(people(rows));
});
