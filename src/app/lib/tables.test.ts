import { expect, test } from 'vitest';
import { describe as problemFor } from '../../core/errors.ts';
import { parseTable } from '../../core/tsv/table.ts';
import type { CohortSummary } from '../../jobs/session-api.ts';
import { balance } from './balance.ts';
import { balanceTable, cohortTable, exclusionTable, problemTable } from './tables.ts';

const column = (name: string) => ({ name, values: [], classifiable: false, numeric: false });
const row = (participant: string, cells: Record<string, string>, path = 'x.nii') => ({
  ...{ participant, session: 'ses-M000', path, damaged: false, cells },
});
const cohort: CohortSummary = {
  ...{ name: 'caps', sample: false, preprocessings: [], preprocessing: '', table: 'labels.tsv' },
  rows: [
    row('sub-1', { age: '70.0', set: 'A "quoted" cell' }),
    row('sub-2', { age: '', set: 'B' }),
    row('sub-3', { age: '71', set: 'C' }, ''),
  ],
  columns: [column('age'), column('set')],
  ...{ shape: [4, 4, 4], voxelSize: [1, 1, 1], problems: [] },
};
const facts = {
  sets: new Map([
    ['sub-1/ses-M000', 'train' as const],
    ['sub-2/ses-M000', 'test' as const],
  ]),
  split: 'split-0',
  excluded: new Map([['sub-2/ses-M000', 'moved\tin the scanner']]),
};
const read = (text: string) => parseTable(text, { file: 'x.tsv' });

test('the cohort table keeps its cells, and a column of one name stays what it is', () => {
  const { columns, rows } = read(cohortTable(cohort, facts));
  expect(columns).toEqual([
    ...['participant_id', 'session_id', 'age', 'set', 'capsule_set', 'split', 'used'],
    'left_out_because',
  ]);
  expect(rows).toEqual([
    ['sub-1', 'ses-M000', '70.0', 'A "quoted" cell', 'train', 'split-0', 'yes', ''],
    ['sub-2', 'ses-M000', '', 'B', '', '', 'no', 'moved in the scanner'],
    ['sub-3', 'ses-M000', '71', 'C', '', '', 'no', 'no volume'],
  ]);
});

test('what was left out stands with its reason', () => {
  expect(read(exclusionTable(cohort, facts.excluded)).rows).toEqual([
    ['sub-2', 'ses-M000', 'moved in the scanner'],
  ]);
});

test('problems are one row each', () => {
  const problem = problemFor('NIFTI_TRUNCATED', { participant: 'sub-9', found: 'one\nline' });
  const { columns, rows } = read(problemTable([problem]));
  expect(rows[0]?.[columns.indexOf('code')]).toBe('NIFTI_TRUNCATED');
  expect(rows[0]?.[columns.indexOf('found')]).toBe('one line');
});

test('the balance table has a row a set, and p-values where there is a test', () => {
  const rows = new Map(cohort.rows.map((one) => [`${one.participant}/ses-M000`, one]));
  const sets = { train: ['sub-1/ses-M000', 'sub-3/ses-M000'], validation: ['sub-2/ses-M000'] };
  const found = balance(rows, { ...sets, test: [] }, { label: 'set', age: 'age' });
  const table = read(balanceTable(found, 'set'));
  expect(table.columns).toEqual([
    ...['set', 'participants', 'sessions', 'mean_age', 'std_age'],
    ...['set_A "quoted" cell', 'set_B', 'set_C', 'p_age', 'p_sex', 'p_set'],
  ]);
  expect(table.rows[0]?.slice(0, 4)).toEqual(['train', '2', '2', '70.5']);
  expect(table.rows[1]?.slice(-3)).toEqual(['', '', '0']);
});
