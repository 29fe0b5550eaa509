import { expect, test } from 'vitest';
import { addMetadata, type MetadataChoice } from './metadata.ts';
import { codesOf, linesOf, tableOf, thrownBy } from './testing/tables.ts';

const DATA = `participant_id session_id diagnosis age
  sub-1 ses-M000 CN 70.0
  sub-1 ses-M012 CN 71
  sub-2 ses-M000 AD 60`;
const MERGED = `participant_id session_id site age diagnosis education
  sub-2 ses-M000 S1 60 AD 12
  sub-1 ses-M000 S2 70 CN 9
  sub-1 ses-M012 S2 71 . 9
  sub-3 ses-M000 S3 55 CN 10`;

const add = (choice: Partial<MetadataChoice> = {}, data = DATA, merged = MERGED) =>
  addMetadata(tableOf(data, 'data.tsv'), tableOf(merged, 'merged.tsv'), {
    ...{ bySession: false, threeDigits: false, ...choice },
  });

test('adds all columns, to the sessions on which the tables agree', () => {
  const { table, problems } = add();
  expect(linesOf(table)).toEqual([
    'participant_id session_id diagnosis age site education',
    'sub-1 ses-M000 CN 70.0 S2 9',
    'sub-2 ses-M000 AD 60.0 S1 12',
  ]);
  expect(problems).toMatchObject([
    { code: 'METADATA_LOST', file: 'data.tsv', found: '1: sub-1 ses-M012 (diagnosis)' },
  ]);
});

test('adds wanted columns to its own, all sorted by name', () => {
  expect(add({ variables: ['site'] }).table.columns.join(' ')).toBe(
    'participant_id session_id age diagnosis site',
  );
});

test('joins by session alone when asked to, and keeps the values of the data', () => {
  const { table, problems } = add({ bySession: true });
  expect(linesOf(table)[2]).toBe('sub-1 ses-M012 CN 71.0 S2 9');
  expect(problems).toEqual([]);
});

test('joins sessions of two and of three digits, and keeps the names of the data', () => {
  const data = 'participant_id session_id\nsub-1 ses-M00';
  const written = (threeDigits: boolean) =>
    linesOf(add({ variables: ['site'], threeDigits }, data).table)[1];
  expect(written(false)).toBe('sub-1 ses-M00 S2');
  expect(written(true)).toBe('sub-1 ses-M000 S2');
});

test('takes missing for equal to missing', () => {
  const data = 'participant_id session_id diagnosis\nsub-1 ses-M012 .';
  expect(add({}, data).table.rows).toHaveLength(1);
});

test('tells sessions that the merged table does not have', () => {
  const { problems } = add({}, `${DATA}\nsub-9 ses-M000 CN 50`);
  expect(problems[0]?.found).toContain('sub-9 ses-M000 (not in the merged table)');
});

test('refuses an unknown variable and guesses', () => {
  expect(thrownBy(() => add({ variables: ['sit'] }))).toMatchObject({
    ...{ code: 'CONFIG_VALUE', found: 'sit', action: 'Did you mean "site"?' },
  });
});

test('accepts a variable that only the data have', () => {
  const data = 'participant_id session_id progression\nsub-1 ses-M000 s';
  const { table } = add({ variables: ['progression', 'site'] }, data);
  expect(linesOf(table)).toEqual([
    'participant_id session_id progression site',
    'sub-1 ses-M000 s S2',
  ]);
});

test('refuses tables that have no session in common', () => {
  const data = 'participant_id session_id\nsub-9 ses-M000';
  expect(thrownBy(() => add({}, data))).toMatchObject({ code: 'LABELS_EMPTY' });
  expect(thrownBy(() => add({}, 'participant_id session_id')).found).toBe('no row');
});

test('tells formulas of both tables', () => {
  const { problems } = add(
    { variables: ['note'] },
    'participant_id session_id remark\nsub-1 ses-M000 =1+1',
    'participant_id session_id note\nsub-1 ses-M000 @x',
  );
  expect(codesOf(problems)).toEqual(['TSV_FORMULA', 'TSV_FORMULA']);
});
