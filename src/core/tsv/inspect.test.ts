import { expect, test } from 'vitest';
import { isFormula, oddities } from './inspect.ts';
import { parseTable, writeTable } from './table.ts';

const named = (text: string) => ({ table: parseTable(text, { file: 'x.tsv' }), file: 'x.tsv' });

test.each(['=1+1', '=cmd|"/c calc"!A0', '@SUM(A1)', '+cmd|x', '-2+3', ' =A1'])(
  'takes "%s" for a formula',
  (cell) => {
    expect(isFormula(cell)).toBe(true);
  },
);

test.each(['-2', '+3.5', '-1e-3', '-', '=', '', '-1.#IND', 'a=b', 'x@y.org', 'M'])(
  'does not take "%s" for a formula',
  (cell) => {
    expect(isFormula(cell)).toBe(false);
  },
);

test('tells the first formula of a column and how many there are, and changes nothing', () => {
  const text = 'note\tage\nok\t70\n=1+1\t71\n@x\t72\n';
  const source = named(text);
  expect(oddities(source)).toMatchObject([
    { code: 'TSV_FORMULA', severity: 'warning', row: 3, column: 'note', file: 'x.tsv' },
  ]);
  expect(oddities(source)[0]?.found).toBe('"=1+1" and 1 more in this column');
  expect(writeTable(source.table)).toBe(text);
});

test.each(['__proto__', 'constructor', 'toString', 'prototype', ' age'])(
  'tells the column name "%s"',
  (name) => {
    expect(oddities(named(`sex\t${name}\nF\t1\n`))).toMatchObject([
      { code: 'TSV_COLUMN_NAME', column: name, row: 1 },
    ]);
  },
);

test('takes a nameless column for an index in the first place only', () => {
  expect(oddities(named('\tsex\n0\tF\n'))).toEqual([]);
  expect(oddities(named('sex\t\nF\t0\n'))).toMatchObject([
    { code: 'TSV_COLUMN_NAME', found: 'no name of column 2' },
  ]);
});
