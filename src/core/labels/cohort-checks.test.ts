import { expect, test } from 'vitest';
import { sessionsOf } from '../tsv/sessions.ts';
import { checkCohort } from './cohort-checks.ts';
import { codesOf, tableOf } from './testing/tables.ts';

const HEADER = 'participant_id session_id age sex';
const check = (rows: string) => {
  const source = tableOf(`${HEADER}\n${rows}`, 'merged.tsv');
  return checkCohort(source, sessionsOf(source.table, source), { age: 'age', sex: 'sex' });
};

test('has nothing to say about a sound table', () => {
  const rows =
    'sub-1 ses-M000 70 F\nsub-1 ses-M012 71 F\nsub-2 ses-M000 . M\nsub-2 ses-M006 60.5 .';
  expect(check(rows)).toEqual([]);
});

test('names a participant of two sexes, with row and both values', () => {
  expect(check('sub-1 ses-M000 70 F\nsub-1 ses-M006 70 f\nsub-1 ses-M012 71 M')).toMatchObject([
    {
      ...{ code: 'TSV_SEX_DIFFERS', participant: 'sub-1', session: 'ses-M012', row: 4 },
      ...{ column: 'sex', expected: '"F", as in an earlier row', found: '"M"' },
    },
  ]);
});

test.each(['-1', '121', 'old', '7,5', '=1+1', '1e9'])('names the age "%s"', (age) => {
  expect(check(`sub-1 ses-M000 ${age} F`)).toMatchObject([
    { code: 'TSV_AGE', row: 2, column: 'age', found: `"${age}"` },
  ]);
});

test('names an age that goes backwards, in time and not in rows', () => {
  const rows = 'sub-1 ses-M012 71 F\nsub-1 ses-M000 72 F\nsub-1 ses-M024 71.5 F';
  const backwards = check(rows).filter(({ code }) => code === 'TSV_AGE_BACKWARDS');
  expect(backwards).toMatchObject([{ session: 'ses-M012', row: 2, found: '71 (and 1 more rows)' }]);
});

test('accepts an age that stays the same, such as that at baseline', () => {
  expect(check('sub-1 ses-M000 70 F\nsub-1 ses-M012 70 F')).toEqual([]);
});

test('counts instead of repeating itself', () => {
  const rows = Array.from({ length: 50 }, (_, i) => `sub-${i + 1} ses-M000 -1 F`).join('\n');
  expect(check(rows).map(({ code, found }) => [code, found])).toEqual([
    ['TSV_AGE', '"-1" (and 49 more rows)'],
  ]);
});

test('names a session that stands below a later one', () => {
  expect(check('sub-1 ses-M012 71 F\nsub-1 ses-M000 70 F')).toMatchObject([
    { code: 'TSV_SESSION_ORDER', session: 'ses-M000', row: 3 },
  ]);
  expect(check('sub-1 ses-M6 70 F\nsub-1 ses-M012 71 F\nsub-1 ses-M120 80 F')).toEqual([]);
});

test.each([
  ['counted', 'sub-1 ses-01 70 F\nsub-1 ses-02 71 F', 'order'],
  ['words', 'sub-1 ses-pre 70 F\nsub-1 ses-post 71 F', 'missing diagnoses'],
  ['months and words', 'sub-1 ses-M000 70 F\nsub-1 ses-uns1 71 F', 'take no part'],
])('says what cannot be told from sessions by %s', (_name, rows, words) => {
  const problems = check(rows).filter(({ code }) => code === 'TSV_SESSION_NAME');
  expect(problems).toHaveLength(1);
  expect(problems[0]?.action).toContain(words);
});

test('needs no months where every participant has one session', () => {
  expect(check('sub-1 ses-01 70 F\nsub-2 ses-01 71 F')).toEqual([]);
});

test('checks nothing in columns that are not there', () => {
  const source = tableOf('participant_id session_id\nsub-1 ses-M000');
  expect(codesOf(checkCohort(source, sessionsOf(source.table, source), {}))).toEqual([]);
});
