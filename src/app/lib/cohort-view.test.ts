import { expect, test } from 'vitest';
import type { ParticipantRow, SetName } from '../../jobs/session-api.ts';
import { everything, keyOf, viewRows, type CohortView } from './cohort-view.ts';

const row = (
  participant: string,
  session: string,
  cells: Record<string, string>,
  rest: Partial<ParticipantRow> = {},
): ParticipantRow => ({ participant, session, path: 'x.nii', damaged: false, cells, ...rest });

const rows = [
  row('sub-2', 'ses-M012', { diagnosis: 'AD', age: '72.5' }),
  row('sub-1', 'ses-M006', { diagnosis: 'CN', age: '' }),
  row('sub-1', 'ses-M0', { diagnosis: 'CN', age: '9' }, { path: '' }),
  row('sub-3', 'ses-M000', { diagnosis: 'MCI', age: '100' }, { damaged: true }),
];
const sets = new Map<string, SetName>([
  ['sub-2/ses-M012', 'test'],
  ['sub-1/ses-M006', 'train'],
]);
const facts = { sets, excluded: new Set(['sub-1/ses-M006']) };
const names = (view: Partial<CohortView>) =>
  viewRows(rows, { ...everything, ...view }, facts).map(keyOf);

test('nothing asked shows the table itself', () => {
  expect(viewRows(rows, everything, facts)).toBe(rows);
});

test('every word has to be found somewhere in the row, whatever its case', () => {
  expect(names({ text: 'cn SUB-1' })).toEqual(['sub-1/ses-M006', 'sub-1/ses-M0']);
  expect(names({ text: 'cn m006' })).toEqual(['sub-1/ses-M006']);
  expect(names({ text: 'nobody' })).toEqual([]);
});

test('sets and faults filter', () => {
  expect(names({ set: 'test' })).toEqual(['sub-2/ses-M012']);
  expect(names({ set: 'none' })).toEqual(['sub-1/ses-M0', 'sub-3/ses-M000']);
  expect(names({ state: 'faulty' })).toEqual(['sub-1/ses-M0', 'sub-3/ses-M000']);
  expect(names({ state: 'out' })).toEqual(['sub-1/ses-M006']);
  expect(names({ state: 'used' })).toEqual(['sub-2/ses-M012']);
});

test('numbers sort as numbers, visits in time, and what is missing comes last either way', () => {
  const by = (column: string, descending = false) => names({ sorting: { column, descending } });
  expect(by('cell:age').map((name) => name.split('/')[1])).toEqual([
    ...['ses-M0', 'ses-M012', 'ses-M000', 'ses-M006'],
  ]);
  expect(by('cell:age', true).at(-1)).toBe('sub-1/ses-M006');
  expect(by('session')).toEqual([
    ...['sub-1/ses-M0', 'sub-3/ses-M000', 'sub-1/ses-M006', 'sub-2/ses-M012'],
  ]);
  expect(by('set')[0]).toBe('sub-1/ses-M006');
  expect(by('participant', true)[0]).toBe('sub-3/ses-M000');
});

test('ten thousand rows are filtered and sorted within 100 ms', () => {
  const many = Array.from({ length: 10_000 }, (_, index) =>
    row(`sub-${String((index * 7919) % 5000).padStart(4, '0')}`, `ses-M${index % 2 ? 12 : 0}`, {
      ...{ diagnosis: ['AD', 'CN', 'MCI'][index % 3] ?? '', age: String(60 + (index % 300) / 10) },
    }),
  );
  const view: CohortView = {
    ...everything,
    text: 'a',
    sorting: { column: 'cell:age', descending: true },
  };
  viewRows(many, view, facts);
  const start = performance.now();
  const found = viewRows(many, { ...view, text: 'ad' }, facts);
  const sorted = viewRows(
    many,
    { ...everything, sorting: { column: 'session', descending: false } },
    facts,
  );
  expect((performance.now() - start) / 2).toBeLessThan(100);
  expect(found).toHaveLength(3334);
  expect(sorted).toHaveLength(10_000);
});
