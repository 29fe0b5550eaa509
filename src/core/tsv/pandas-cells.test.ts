import { expect, test } from 'vitest';
import { numberIn, pandasCells, pandasTable, sameCell } from './pandas-cells.ts';

// What pandas 1.5 writes after `read_csv(...).to_csv(...)`, column by column.
test.each([
  ['whole numbers stay whole', ['25', '30'], ['25', '30']],
  ['a missing cell makes floats of them', ['25', 'n/a', '30'], ['25.0', '', '30.0']],
  ['a fraction makes floats of them', ['70', '70.50'], ['70.0', '70.5']],
  ['small numbers get an exponent', ['0.00001', '1'], ['1e-05', '1.0']],
  ['signs and exponents', ['+5', '-3', '1e2'], ['5.0', '-3.0', '100.0']],
  ['text stays text', ['S1', '2'], ['S1', '2']],
  ['missing among text is empty', ['S1', 'NaN', ''], ['S1', '', '']],
  ['all missing is all empty', ['NA', 'null'], ['', '']],
  ['words for truth stay', ['True', 'False'], ['True', 'False']],
])('%s', (_name, cells, written) => {
  expect(pandasCells(cells)).toEqual(written);
});

test('keeps codes and numbers that a float would change', () => {
  expect(pandasCells(['007', '12'])).toEqual(['007', '12']);
  expect(pandasCells(['12345678901234567890', '1'])).toEqual(['12345678901234567890', '1']);
  expect(pandasCells(['0', '10'])).toEqual(['0', '10']);
});

test('leaves the columns alone that it is told to', () => {
  const table = {
    columns: ['diagnosis', 'age'],
    rows: [
      ['1.0', '70.0'],
      ['2', ''],
    ],
  };
  expect(pandasTable(table, ['diagnosis']).rows).toEqual([
    ['1.0', '70.0'],
    ['2', ''],
  ]);
  expect(pandasTable(table, []).rows).toEqual([
    ['1.0', '70.0'],
    ['2.0', ''],
  ]);
});

test.each([
  ['12', 12],
  [' 7.5 ', 7.5],
  ['.5', 0.5],
  ['5.', 5],
  ['1E3', 1000],
])('reads the number in "%s"', (cell, value) => {
  expect(numberIn(cell)).toBe(value);
});

test.each(['', 'NaN', '7,5', '0x10', 'Infinity', '1e999', '=1+1', '12 years', '1_000', '--1'])(
  'sees no number in "%s"',
  (cell) => {
    expect(numberIn(cell)).toBeUndefined();
  },
);

test('compares values, not spellings', () => {
  expect(sameCell('70', '70.0')).toBe(true);
  expect(sameCell('n/a', '')).toBe(true);
  expect(sameCell('AD', ' AD ')).toBe(true);
  expect(sameCell('AD', '')).toBe(false);
  expect(sameCell('70', '70.1')).toBe(false);
  expect(sameCell('ad', 'AD')).toBe(false);
});
