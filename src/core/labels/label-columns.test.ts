import { expect, test } from 'vitest';
import { isWritten, rolesOf, writeLabels } from './label-columns.ts';
import { codesOf, linesOf, tableOf, thrownBy } from './testing/tables.ts';

const VISIT = { participant: 'sub-1', session: 'ses-M000', position: 1, diagnosis: 'AD' };

test('finds the columns by their roles', () => {
  const source = tableOf('participant_id session_id age_bl Sex diagnosis_bl');
  const { age, sex, diagnosis, all, missing } = rolesOf(source, undefined);
  expect([age?.name, sex?.name, diagnosis.name]).toEqual(['age_bl', 'Sex', 'diagnosis_bl']);
  expect([age?.written, sex?.written, diagnosis.written]).toEqual(['age_bl', 'Sex', 'diagnosis']);
  expect([all.length, missing]).toEqual([3, []]);
});

test('takes the diagnosis of the user, without a word', () => {
  const { diagnosis } = rolesOf(tableOf('age sex diagnosis state'), 'state');
  expect(diagnosis).toEqual({ name: 'state', written: 'diagnosis', problems: [] });
  expect(thrownBy(() => rolesOf(tableOf('age sex'), 'state')).column).toBe('state');
});

test('needs a diagnosis, and tells the rest', () => {
  expect(thrownBy(() => rolesOf(tableOf('age sex'), undefined)).code).toBe('TSV_COLUMN');
  expect(codesOf(rolesOf(tableOf('diagnosis sex'), undefined).missing)).toEqual([
    'ANALYSIS_COLUMN',
  ]);
});

test('knows what is written anyway', () => {
  const roles = rolesOf(tableOf('age gender group site'), undefined);
  const written = ['participant_id', 'session_id', 'age', 'gender', 'sex', 'group', 'diagnosis'];
  expect(written.filter((name) => !isWritten(name, roles))).toEqual([]);
  expect(isWritten('site', roles)).toBe(false);
});

test('writes the visits in the order given, with the diagnosis of the visit', () => {
  const source = tableOf(`participant_id session_id age gender group site
    sub-0 ses-M000 70 f CN S1
    sub-1 ses-M000 71.5 m . S2`);
  const roles = rolesOf(source, undefined);
  const { table, problems } = writeLabels(source, [VISIT, { ...VISIT, position: 0 }], roles, [
    'site',
  ]);
  expect(linesOf(table)).toEqual([
    'participant_id session_id age sex diagnosis site',
    'sub-1 ses-M000 71.5 M AD S2',
    'sub-1 ses-M000 70.0 F AD S1',
  ]);
  expect(problems).toEqual([]);
});

test('tells a sex that it cannot write as M or F', () => {
  const source = tableOf('age sex diagnosis\n70 1 CN\n71 2 AD');
  const { table, problems } = writeLabels(source, [VISIT], rolesOf(source, undefined), []);
  expect(table.rows[0]).toEqual(['sub-1', 'ses-M000', '71', '2', 'AD']);
  expect(codesOf(problems)).toEqual(['TSV_SEX_CODE']);
});
