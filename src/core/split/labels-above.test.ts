import { describe, expect, test } from 'vitest';
import { findNeeded, hasNeeded, withNeeded } from './labels-above.ts';
import { small } from './testing/cohorts.ts';

const BARE = small(
  'participant_id session_id',
  'sub-1 ses-M000',
  'sub-2 ses-M000',
  'sub-3 ses-M000',
);
const LABELS = {
  ...small(
    'session_id diagnosis participant_id age_bl sex',
    ...['ses-M000 CN sub-2 70 F', 'ses-M000 AD sub-1 71 M', 'ses-M012 AD sub-3 72 M'],
  ),
  file: '../labels.tsv',
};

test('a table that has everything is left alone', () => {
  const completed = withNeeded(LABELS, ['diagnosis', 'age', 'sex'], []);
  expect(completed).toEqual({ ...LABELS, lost: 0 });
});

test('missing columns come from the other table, by participant and session', () => {
  const { table, joined, lost } = withNeeded(BARE, ['diagnosis'], [LABELS]);
  expect(table.columns).toEqual(['participant_id', 'session_id', 'diagnosis', 'age_bl', 'sex']);
  expect(table.rows).toEqual([
    ['sub-1', 'ses-M000', 'AD', '71', 'M'],
    ['sub-2', 'ses-M000', 'CN', '70', 'F'],
  ]);
  expect([joined, lost]).toEqual(['../labels.tsv', 1]);
});

test('columns that both have stay those of the table', () => {
  const own = small('participant_id session_id sex', 'sub-1 ses-M000 X');
  const { table } = withNeeded(own, ['diagnosis'], [LABELS]);
  expect(table.columns).toEqual(['participant_id', 'session_id', 'sex', 'diagnosis', 'age_bl']);
  expect(table.rows[0]?.[2]).toBe('X');
});

test('ses-M00 and ses-M000 are the same session', () => {
  const short = small('participant_id session_id', 'sub-1 ses-M00');
  expect(withNeeded(short, ['diagnosis'], [LABELS]).table.rows).toEqual([
    ['sub-1', 'ses-M00', 'AD', '71', 'M'],
  ]);
});

test('rows keep the line in which they stood', () => {
  const rows = ['sub-9 ses-M000', 'sub-2 ses-M000'];
  const source = small('participant_id session_id', ...rows);
  const { table } = withNeeded(
    { ...source, table: { ...source.table, lines: [2, 7] } },
    ['sex'],
    [LABELS],
  );
  expect(table.lines).toEqual([7]);
});

test('the first table that has all that is missing is taken', () => {
  const partial = {
    ...small('participant_id session_id diagnosis', 'sub-1 ses-M000 MCI'),
    file: 'a',
  };
  expect(withNeeded(BARE, ['diagnosis', 'sex'], [partial, LABELS]).joined).toBe('../labels.tsv');
  expect(withNeeded(BARE, ['diagnosis'], [partial, LABELS]).joined).toBe('a');
});

describe('names of columns', () => {
  test('an age at baseline stands for the age, nothing like that for other columns', () => {
    expect(hasNeeded(LABELS, 'age')).toBe(true);
    expect(hasNeeded(small('site_bl'), 'site')).toBe(false);
    expect(findNeeded(small('site_bl'), 'site')).toBeUndefined();
    expect(findNeeded(LABELS, 'age')).toBe('age_bl');
  });

  test('a name that only contains it counts when no other table helps', () => {
    const source = small('participant_id session_id age_at_scan', 'sub-1 ses-M000 70');
    expect(hasNeeded(source, 'age')).toBe(false);
    expect(withNeeded(source, ['age'], [LABELS]).joined).toBe('../labels.tsv');
    expect(withNeeded(source, ['age'], [])).toEqual({ ...source, lost: 0 });
    expect(findNeeded(source, 'age')).toBe('age_at_scan');
  });
});

test('refuses a column that nothing has, and tables without a session in common', () => {
  expect(() => withNeeded(BARE, ['site'], [LABELS])).toThrow(/TSV_COLUMN.*column "site"/);
  const others = small('participant_id session_id', 'sub-8 ses-M000', 'sub-9 ses-M000');
  expect(() => withNeeded(others, ['sex'], [LABELS])).toThrow(
    /SPLIT_EMPTY.*a session that is in \.\.\/labels\.tsv, found 2 sessions/,
  );
});

test('of many columns the first 24 are told where one is missing', () => {
  const columns = Array.from({ length: 30 }, (_, index) => `c${index}`);
  const wide = small(['participant_id session_id', ...columns].join(' '));
  const told = ['participant_id', 'session_id', ...columns].slice(0, 24).join(', ');
  expect(() => withNeeded(wide, ['diagnosis'], [])).toThrow(`found ${told}.`);
});
