import { expect, test } from 'vitest';
import { findRole, needRole, sexCells, sexOf, type Role } from './columns.ts';
import { codesOf, tableOf, thrownBy } from './testing/tables.ts';

const found = (header: string, role: Role) => findRole(tableOf(header), role);

test.each([
  ['age_bl age', 'age', 'age'],
  ['age_at_scan age_bl', 'age', 'age_bl'],
  ['stage age_bl', 'age', 'age_bl'],
  ['Age sex', 'age', 'Age'],
  ['SEX age', 'sex', 'SEX'],
  ['diagnosis_bl diagnosis', 'diagnosis', 'diagnosis'],
  ['diagnosis_baseline diagnosis_bl', 'diagnosis', 'diagnosis_bl'],
  ['MMSE mms_date', 'mms', 'MMSE'],
  ['gender age', 'sex', 'gender'],
  ['Group age', 'diagnosis', 'Group'],
  ['group dx1', 'diagnosis', 'dx1'],
] as const)('of "%s" takes for %s the column %s', (header, role, name) => {
  expect(found(header, role)?.name).toBe(name);
});

test('takes no column of words for an age', () => {
  expect(findRole(tableOf('language ages_ago\nfr .\nde 70'), 'age')?.name).toBe('ages_ago');
  expect(findRole(tableOf('language\nfr\nde'), 'age')).toBeUndefined();
});

test('finds nothing where there is nothing', () => {
  expect(found('participant_id height', 'age')).toBeUndefined();
  expect(thrownBy(() => needRole(tableOf('participant_id height'), 'diagnosis'))).toMatchObject({
    ...{ code: 'TSV_COLUMN', column: 'diagnosis', found: 'participant_id, height' },
  });
});

test('keeps the names that ClinicaDL finds, and renames those that it does not', () => {
  expect(found('age_bl', 'age')?.written).toBe('age_bl');
  expect(found('gender', 'sex')?.written).toBe('sex');
  expect(found('group', 'diagnosis')?.written).toBe('diagnosis');
  expect(found('diagnosis_bl', 'diagnosis')?.written).toBe('diagnosis');
});

test('tells every choice that is not by name', () => {
  const problems = (header: string, role: Role) => found(header, role)?.problems ?? [];
  expect(problems('gender', 'sex')).toMatchObject([
    { code: 'TSV_COLUMN_CHOSEN', column: 'gender', expected: '"sex"', found: '"gender"' },
  ]);
  expect(codesOf(problems('age_bl', 'age'))).toEqual(['TSV_COLUMN_CHOSEN']);
  expect([...problems('age', 'age'), ...problems('Sex', 'sex'), ...problems('MMS', 'mms')]).toEqual(
    [],
  );
});

test('reads sex in words and letters', () => {
  expect(['F', ' female', 'Woman', 'm', 'MALE', 'man'].map(sexOf)).toEqual([
    ...['F', 'F', 'F', 'M', 'M', 'M'],
  ]);
  expect(['1', '', 'x', 'fm', 'n/a'].map(sexOf)).toEqual(Array(5).fill(undefined));
});

test('writes M and F when all cells say so, and nothing else', () => {
  const where = { file: 'x.tsv', column: 'sex' };
  expect(sexCells(['f', 'Male', 'n/a'], where)).toEqual({ cells: ['F', 'M', ''], problems: [] });
  const codes = sexCells(['1', '2', 'f'], where);
  expect(codes.cells).toEqual(['1', '2', 'f']);
  expect(codes.problems).toMatchObject([{ code: 'TSV_SEX_CODE', found: '1, 2', column: 'sex' }]);
});
