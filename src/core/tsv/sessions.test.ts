import { expect, test } from 'vitest';
import { CapsuleError } from '../errors.ts';
import { baselinePositions, sessionsOf } from './sessions.ts';
import { parseTable } from './table.ts';

const source = { file: 'train.tsv' };
const sessions = (text: string) => sessionsOf(parseTable(text, source), source);

test('strips the spaces around ids', () => {
  expect(sessions('session_id\tparticipant_id\n ses-M000 \tsub-01 \n')).toEqual([
    { participant: 'sub-01', session: 'ses-M000' },
  ]);
});

test.each([
  ['sub-01/../..\tses-M000', 'participant_id', 'TSV_ID'],
  ['01\tses-M000', 'participant_id', 'TSV_ID'],
  ['sub-01\t', 'session_id', 'TSV_ID'],
  ['sub-01\tM000', 'session_id', 'TSV_ID'],
])('refuses the ids of "%s"', (row, column, code) => {
  let problem: unknown;
  try {
    sessions(`participant_id\tsession_id\nsub-00\tses-M000\n${row}\n`);
  } catch (thrown) {
    problem = thrown instanceof CapsuleError ? thrown.problem : thrown;
  }
  expect(problem).toMatchObject({ code, column, row: 3, file: 'train.tsv' });
});

test('refuses a session that stands twice and names both rows', () => {
  const text = 'participant_id\tsession_id\nsub-01\tses-M00\nsub-02\tses-M00\nsub-01\tses-M00\n';
  expect(() => sessions(text)).toThrow(/TSV_DUPLICATE_ROW.*row 4.*row 2/);
});

test('puts no more of its source into a message than the name of the file', () => {
  const table = parseTable('participant_id\tsession_id\n1\tses-M00\n', source);
  let thrown: unknown;
  try {
    sessionsOf(table, { ...source, table } as typeof source);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(CapsuleError);
  expect((thrown as CapsuleError).problem).not.toHaveProperty('table');
});

test('counts empty lines in the numbers of rows', () => {
  const text = 'participant_id\tsession_id\n\nsub-01\tses-M00\n\nsub-02\tM00\n';
  expect(() => sessions(text)).toThrow(/TSV_ID.*row 5.*session_id/);
});

test('takes the smallest session id for the baseline, wherever it stands', () => {
  const key = (participant: string, session: string) => ({ participant, session });
  expect(
    baselinePositions([
      key('sub-2', 'ses-M012'),
      key('sub-1', 'ses-M006'),
      key('sub-2', 'ses-M000'),
      key('sub-1', 'ses-M018'),
    ]),
  ).toEqual([1, 2]);
});
