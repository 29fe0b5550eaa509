import { expect, test } from 'vitest';
import { readAvailability, sessionOfFile, type SessionTable } from './availability.ts';
import { tableOf, thrownBy } from './testing/tables.ts';

const table = (session: string, text: string): SessionTable => ({
  ...tableOf(text, `missing_mods_${session}.tsv`),
  session,
});

test.each([
  ['missing_mods_ses-M000.tsv', 'ses-M000'],
  ['a/b_c_ses-M6.tsv', 'ses-M6'],
  ['x_ses-01.tsv', 'ses-01'],
  ['missing_mods_summary.tsv', undefined],
  ['ses-M000.tsv', undefined],
  ['missing_mods_ses-M000.txt', undefined],
])('reads the session from the name %s', (path, session) => {
  expect(sessionOfFile(path)).toBe(session);
});

test('says which sessions have the modality', () => {
  const { present, listed, problems } = readAvailability(
    [
      table('ses-M000', 'participant_id t1w pet\nsub-1 1 0\nsub-2 0 1'),
      table('ses-M012', 'participant_id t1w pet\nsub-1 1.0 0'),
    ],
    't1w',
  );
  expect([...present]).toEqual(['sub-1/ses-M000', 'sub-1/ses-M012']);
  expect([...listed]).toContain('sub-2/ses-M000');
  expect(problems).toEqual([]);
});

test('reads True and False, and nothing as no', () => {
  const cells = 'participant_id t1w\nsub-1 True\nsub-2 False\nsub-3 .\nsub-4 NaN';
  expect([...readAvailability([table('ses-M000', cells)], 't1w').present]).toEqual([
    'sub-1/ses-M000',
  ]);
});

test('finds a modality whatever its case, when there is one of that name', () => {
  const tables = [table('ses-M000', 'participant_id t1w\nsub-1 1')];
  expect(readAvailability(tables, 'T1w').present.size).toBe(1);
});

test('tells the sessions whose table lacks the modality', () => {
  const { problems } = readAvailability(
    [
      table('ses-M000', 'participant_id t1w pet\nsub-1 1 1'),
      table('ses-M006', 'participant_id t1w\nsub-1 1'),
    ],
    'pet',
  );
  expect(problems).toMatchObject([{ code: 'MODALITY_SESSION', column: 'pet' }]);
  expect(problems[0]?.found).toContain('ses-M006');
});

test('refuses a modality that no table has, and guesses what was meant', () => {
  const tables = [table('ses-M000', 'participant_id t1w flair\nsub-1 1 1')];
  expect(thrownBy(() => readAvailability(tables, 'flaire'))).toMatchObject({
    ...{ code: 'MODALITY_UNKNOWN', found: 't1w, flair', action: 'Did you mean --modality flair?' },
  });
});

test.each([
  ['a participant twice', 'participant_id t1w\nsub-1 1\nsub-1 0', 'TSV_DUPLICATE_ROW', 3],
  ['a wrong id', 'participant_id t1w\n1 1', 'TSV_ID', 2],
  ['a flag that is none', 'participant_id t1w\nsub-1 1\nsub-2 yes', 'TSV_VALUE', 3],
  ['a flag of 2', 'participant_id t1w\nsub-1 2', 'TSV_VALUE', 2],
])('refuses %s', (_name, text, code, row) => {
  expect(thrownBy(() => readAvailability([table('ses-M000', text)], 't1w'))).toMatchObject({
    ...{ code, row, file: 'missing_mods_ses-M000.tsv' },
  });
});

test('refuses tables without the column of the participants', () => {
  expect(
    thrownBy(() => readAvailability([table('ses-M000', 'id t1w\nsub-1 1')], 't1w')),
  ).toMatchObject({ code: 'TSV_COLUMN', column: 'participant_id' });
});

test('refuses a session that two tables tell of', () => {
  const text = 'participant_id t1w\nsub-1 1';
  const tables = [table('ses-M00', text), table('ses-M000', text)];
  expect(thrownBy(() => readAvailability(tables, 't1w')).code).toBe('TSV_DUPLICATE_ROW');
});
