import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writeTable } from '../tsv/table.ts';
import { atBaseline, orderSessions, participantsOf, placeOf, rowsOf } from './session-table.ts';
import { cohort, COHORTS, made, small } from './testing/cohorts.ts';

const VISITS = small(
  'age session_id participant_id sex',
  ...['71 ses-M012 sub-2 F', '60 ses-M006 sub-1 M', '70 ses-M000 sub-2 F', '61 ses-M018 sub-1 -'],
);

test('puts ids first and rows in order, whatever the other columns', () => {
  const { table } = orderSessions(VISITS);
  expect(writeTable(table)).toBe(
    'participant_id\tsession_id\tage\tsex\n' +
      'sub-1\tses-M006\t60\tM\nsub-1\tses-M018\t61\t\n' +
      'sub-2\tses-M000\t70\tF\nsub-2\tses-M012\t71\tF\n',
  );
});

test('remembers where each row stood', () => {
  const sessions = orderSessions(VISITS);
  expect(sessions.table.lines).toEqual([3, 5, 4, 2]);
  expect(placeOf(sessions, 1, 'age')).toEqual({
    ...{ participant: 'sub-2', session: 'ses-M000', file: 'labels.tsv', row: 4, column: 'age' },
  });
});

test('the baseline is the first session that is there, in time', () => {
  const months = ['sub-1 ses-M108', 'sub-1 ses-M12', 'sub-2 ses-M06', 'sub-2 ses-M100'];
  const sessions = orderSessions(small('participant_id session_id', ...months));
  expect(atBaseline(sessions, 'session_id')).toEqual(['ses-M12', 'ses-M06']);
  expect(participantsOf(sessions)).toEqual(['sub-1', 'sub-2']);
});

test.each(COHORTS)('%s, as ClinicaDL wrote it, comes back as it is', (name) => {
  const source = cohort(name);
  expect(writeTable(orderSessions(source).table)).toBe(writeTable(source.table));
});

test('gives all rows of some participants, or their first', () => {
  const sessions = orderSessions(VISITS);
  expect(rowsOf(sessions, new Set(['sub-2']), 'all').rows).toHaveLength(2);
  expect(rowsOf(sessions, new Set(['sub-2', 'sub-1']), 'baseline').rows).toEqual([
    ['sub-1', 'ses-M006', '60', 'M'],
    ['sub-2', 'ses-M000', '70', 'F'],
  ]);
  expect(rowsOf(sessions, new Set(), 'all').rows).toEqual([]);
});

describe('cells', () => {
  test('are written as pandas does: numbers with a missing one as floats', () => {
    const source = small('participant_id session_id score', 'sub-1 ses-1 3', 'sub-2 ses-1 -');
    expect(orderSessions(source).table.rows.map((row) => row[2])).toEqual(['3.0', '']);
  });

  test('of ids lose the spaces around them', () => {
    const source = {
      table: { columns: ['participant_id', 'session_id'], rows: [[' sub-1', 'ses-1 ']] },
      file: 'x.tsv',
    };
    expect(orderSessions(source).table.rows).toEqual([['sub-1', 'ses-1']]);
  });
});

describe('rows that say the same twice', () => {
  const twice = ['sub-1 ses-1 AD', 'sub-2 ses-1 CN', 'sub-1 ses-1 AD'];

  test('are kept once', () => {
    const { table } = orderSessions(small('participant_id session_id diagnosis', ...twice));
    expect(table.rows).toEqual([
      ['sub-1', 'ses-1', 'AD'],
      ['sub-2', 'ses-1', 'CN'],
    ]);
  });

  test('are refused when they differ', () => {
    const differing = small('participant_id session_id diagnosis', ...twice, 'sub-2 ses-1 AD');
    expect(() => orderSessions(differing)).toThrow(/TSV_DUPLICATE_ROW.*sub-2.*row 5/);
  });
});

test.each([
  ['a header alone', small('participant_id session_id'), 'SPLIT_EMPTY'],
  ['no ids', small('session_id', 'ses-1'), 'TSV_COLUMN'],
  ['a malformed id', small('participant_id session_id', 'sub_1 ses-1'), 'TSV_ID'],
])('refuses %s', (_name, source, code) => {
  expect(() => orderSessions(source)).toThrow(code);
});

test('the order of the rows makes no difference', () => {
  const source = made(12, { age: (index) => String(50 + index) });
  fc.assert(
    fc.property(fc.shuffledSubarray([...source.table.rows], { minLength: 12 }), (rows) => {
      const mixed = orderSessions({ ...source, table: { ...source.table, rows } });
      expect(mixed.table.rows).toEqual(source.table.rows);
    }),
  );
});
