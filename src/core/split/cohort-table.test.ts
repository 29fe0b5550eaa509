import { describe, expect, test } from 'vitest';
import { thrownBy } from '../labels/testing/tables.ts';
import { parseTable } from '../tsv/table.ts';
import { labelledSessions, type RowChoice } from './cohort-table.ts';

const CHOICE: RowChoice = { label: 'age', diagnoses: ['AD', 'CN'] };

function tableOf(...rows: string[]) {
  const text = ['participant_id session_id diagnosis age', ...rows].join('\n');
  return parseTable(text.replaceAll(' ', '\t'), { file: 'train.tsv' });
}

const TWO = tableOf('sub-1 ses-M000 AD 70', 'sub-2 ses-M000 CN 71', 'sub-3 ses-M000 MCI 72');

test('rows of the wanted diagnoses, with their labels as they stand', () => {
  expect(labelledSessions(TWO, 'train.tsv', CHOICE)).toEqual([
    { participant: 'sub-1', session: 'ses-M000', label: '70' },
    { participant: 'sub-2', session: 'ses-M000', label: '71' },
  ]);
});

test('a task without a label takes the same rows, without one', () => {
  const rows = labelledSessions(TWO, 'train.tsv', { ...CHOICE, label: undefined });
  expect(rows).toEqual([
    { participant: 'sub-1', session: 'ses-M000', label: '' },
    { participant: 'sub-2', session: 'ses-M000', label: '' },
  ]);
});

describe('a label that cannot be used is refused by row', () => {
  const choose = (cell: string, isNumber: boolean) =>
    thrownBy(() => {
      const table = tableOf('sub-1 ses-M000 AD 70', `sub-2 ses-M000 CN ${cell}`);
      labelledSessions(table, 'train.tsv', { ...CHOICE, isNumber });
    });

  test.each([
    ['', true, 'a number', 'an empty cell'],
    ['old', true, 'a number', '"old"'],
    ['', false, 'a label', 'an empty cell'],
  ])('%j, numbers wanted: %s', (cell, isNumber, expected, found) => {
    expect(choose(cell, isNumber)).toMatchObject({
      ...{ code: 'TSV_VALUE', file: 'train.tsv', row: 3, column: 'age' },
      ...{ participant: 'sub-2', session: 'ses-M000', expected, found },
    });
  });
});

test('without a row of the wanted diagnoses the first eight that there are are told', () => {
  const names = Array.from({ length: 10 }, (_, index) => `D${index}`);
  const rows = names.map((name, index) => `sub-${index} ses-M000 ${name} 70`);
  const problem = thrownBy(() => labelledSessions(tableOf(...rows), 'train.tsv', CHOICE));
  expect(problem).toMatchObject({
    ...{ code: 'SPLIT_EMPTY', expected: 'a row with diagnosis AD or CN' },
    found: names.slice(0, 8).join(', '),
  });
});
