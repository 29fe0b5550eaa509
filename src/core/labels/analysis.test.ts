import { expect, test } from 'vitest';
import { analyse } from './analysis.ts';
import { codesOf, tableOf, thrownBy } from './testing/tables.ts';

const MERGED = `participant_id session_id age sex diagnosis MMS cdr_global
  sub-1 ses-M000 70 F CN 30 0
  sub-1 ses-M012 71 F . 29 0.5
  sub-2 ses-M000 60 M . 20 1
  sub-2 ses-M006 60.5 M AD 22 2
  sub-3 ses-M000 80 . CN . 0.0`;
const DATA = `participant_id session_id diagnosis
  sub-1 ses-M000 CN
  sub-1 ses-M012 CN
  sub-2 ses-M000 AD
  sub-2 ses-M006 AD
  sub-3 ses-M000 CN`;

function figures(diagnosis: string, data = DATA, merged = MERGED): Record<string, string> {
  const { table } = analyse(tableOf(merged, 'merged.tsv'), tableOf(data), [diagnosis]);
  return Object.fromEntries(table.columns.map((name, i) => [name, table.rows[0]?.[i] ?? '']));
}

test('describes each label at its first session with a diagnosis', () => {
  expect(figures('CN')).toEqual({
    ...{ group: 'CN', n_subjects: '2.0', mean_age: '75.0', std_age: '5.0' },
    ...{ min_age: '70.0', max_age: '80.0', sexF: '1.0', sexM: '0.0' },
    ...{ mean_MMSE: '30.0', std_MMSE: '0.0', min_MMSE: '30.0', max_MMSE: '30.0' },
    ...{ CDR_0: '2.0', 'CDR_0.5': '0.0', CDR_1: '0.0', CDR_2: '0.0', CDR_3: '0.0' },
    ...{ mean_scans: '1.5', std_scans: '0.5', n_scans: '3.0' },
  });
  // The first session of sub-2 has no diagnosis in the merged table: the second one is taken.
  expect(figures('AD')).toMatchObject({ mean_age: '60.5', mean_MMSE: '22.0', CDR_2: '1.0' });
});

test('takes the first session where the merged table has no diagnosis at all', () => {
  const merged = 'participant_id session_id age sex MMS cdr_global\nsub-1 ses-M000 70 F 30 0';
  const data = 'participant_id session_id diagnosis\nsub-1 ses-M000 CN';
  expect(figures('CN', data, merged)).toMatchObject({ mean_age: '70.0', CDR_0: '1.0' });
});

test('is F when any session says so', () => {
  const merged = `participant_id session_id age sex diagnosis MMS cdr_global
    sub-1 ses-M000 70 . CN 30 0
    sub-1 ses-M012 71 f CN 30 0`;
  const data = 'participant_id session_id diagnosis\nsub-1 ses-M000 CN\nsub-1 ses-M012 CN';
  expect(figures('CN', data, merged)).toMatchObject({ sexF: '1.0', sexM: '0.0' });
});

test('leaves cells empty, and says why, where the data lack a column', () => {
  const merged = tableOf('participant_id session_id diagnosis\nsub-1 ses-M000 CN', 'merged.tsv');
  const data = tableOf('participant_id session_id diagnosis\nsub-1 ses-M000 CN');
  const { table, problems } = analyse(merged, data, ['CN']);
  expect(table.rows[0]).toEqual(['CN', '1.0', ...Array<string>(15).fill(''), '1.0', '0.0', '1.0']);
  expect(problems.map(({ code, column }) => `${code} ${column}`)).toEqual([
    ...['ANALYSIS_COLUMN age', 'ANALYSIS_COLUMN sex'],
    ...['ANALYSIS_COLUMN mms', 'ANALYSIS_COLUMN cdr_global'],
  ]);
});

test('joins sessions of two and of three digits', () => {
  const data = 'participant_id session_id diagnosis\nsub-1 ses-M00 CN';
  expect(figures('CN', data)).toMatchObject({ mean_age: '70.0' });
});

test('tells a score that is not on its scale, and counts it nowhere', () => {
  const merged = tableOf(`${MERGED}\nsub-4 ses-M000 75 F CN 28 7`, 'merged.tsv');
  const data = tableOf('participant_id session_id diagnosis\nsub-4 ses-M000 CN');
  const { table, problems } = analyse(merged, data, ['CN']);
  expect(problems).toMatchObject([{ code: 'ANALYSIS_VALUE', row: 7, column: 'cdr_global' }]);
  expect(table.rows[0]?.slice(12, 17)).toEqual(Array(5).fill('0.0'));
});

test('tells sessions that the merged table does not have, and counts them as scans', () => {
  const data = tableOf(`${DATA}\nsub-9 ses-M000 CN`);
  const { table, problems } = analyse(tableOf(MERGED, 'merged.tsv'), data, ['CN']);
  expect(problems).toMatchObject([{ code: 'METADATA_LOST', found: '1: sub-9 ses-M000' }]);
  expect([table.rows[0]?.[1], table.rows[0]?.at(-1)]).toEqual(['3.0', '4.0']);
});

test('refuses a label that nobody has', () => {
  expect(thrownBy(() => figures('MCI'))).toMatchObject({
    ...{ code: 'LABELS_EMPTY', expected: 'a session of MCI', found: 'AD, CN' },
  });
});

test('tells sexes that it cannot count', () => {
  const merged = tableOf(MERGED.replaceAll(' F ', ' 1 ').replaceAll(' M ', ' 2 '), 'merged.tsv');
  const { problems } = analyse(merged, tableOf(DATA), ['CN']);
  expect(codesOf(problems)).toEqual(['TSV_SEX_CODE']);
});
