import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CapsuleError } from '../errors.ts';
import {
  columnOf,
  filterRows,
  isMissing,
  parseTable,
  rowNumber,
  selectColumns,
  writeTable,
} from './table.ts';

const source = { file: 'labels.tsv' };
const read = (text: string) => parseTable(text, source);

function failure(run: () => unknown): CapsuleError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof CapsuleError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

describe('reading', () => {
  test('skips the byte order mark, CRLF, and empty lines', () => {
    const table = read('\uFEFFparticipant_id\tage\r\nsub-01\t70.0\r\n\r\nsub-02\t\r\n\r\n');
    expect(table.columns).toEqual(['participant_id', 'age']);
    expect(table.rows).toEqual([
      ['sub-01', '70.0'],
      ['sub-02', ''],
    ]);
  });

  test('reads quoted cells with tabs, quotes and line ends', () => {
    expect(read('a\tb\n"x\ty"\t"say ""hi""\nagain"\n').rows).toEqual([['x\ty', 'say "hi"\nagain']]);
  });

  test('keeps the nameless index column of pandas', () => {
    const table = read('\tparticipant_id\n0\tsub-01\n1\tsub-02\n');
    expect(table.columns).toEqual(['', 'participant_id']);
    expect(columnOf(table, 'participant_id', source)).toEqual(['sub-01', 'sub-02']);
  });

  test('takes __proto__ for a column like any other', () => {
    const table = read('__proto__\tconstructor\npolluted\tx\n');
    expect(columnOf(table, '__proto__', source)).toEqual(['polluted']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('knows what pandas takes for missing', () => {
    // `pandas._libs.parsers.STR_NA_VALUES`, and spaces.
    const missing = [
      ...[
        '',
        ' ',
        'NaN',
        'nan',
        '-NaN',
        '-nan',
        'n/a',
        'N/A',
        'NA',
        '<NA>',
        'null',
        'NULL',
        'None',
      ],
      ...['#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '1.#IND', '1.#QNAN'],
    ];
    expect(missing.filter((cell) => !isMissing(cell))).toEqual([]);
    expect(['0', 'none', 'F', '-', 'nAn', 'NULLS'].filter(isMissing)).toEqual([]);
  });

  test('names the column that stands twice', () => {
    expect(failure(() => read('age\tsex\tage\n')).problem).toMatchObject({
      code: 'TSV_DUPLICATE_COLUMN',
      column: 'age',
      file: 'labels.tsv',
    });
  });

  test('names the row that is ragged', () => {
    expect(failure(() => read('a\tb\n1\t2\n3\n')).problem).toMatchObject({
      code: 'TSV_ROW_WIDTH',
      row: 3,
      expected: '2 cells',
      found: '1',
    });
  });

  test('refuses a file without a header', () => {
    expect(failure(() => read('\n\n')).code).toBe('TSV_EMPTY');
  });

  test('counts the lines that it skips, so that rows keep their numbers', () => {
    const table = read('a\n\n1\n\n2\n');
    expect(table.lines).toEqual([3, 5]);
    expect(rowNumber(table, 1)).toBe(5);
    const second = filterRows(table, (row) => row === 1);
    expect(rowNumber(second, 0)).toBe(5);
    expect(rowNumber(selectColumns(table, ['a'], source), 0)).toBe(3);
    expect(rowNumber(read('a\n1\n2\n'), 1)).toBe(3);
  });

  test('names the row that is ragged below an empty line', () => {
    expect(failure(() => read('a\tb\n\n1\t2\n3\n')).problem.row).toBe(4);
  });

  test('refuses a cell of 10 MB and does not repeat it', () => {
    const { problem } = failure(() => read(`a\tb\n1\t2\n1\t${'x'.repeat(10_000_000)}\n`));
    expect(problem).toMatchObject({
      code: 'TSV_CELL_SIZE',
      row: 3,
      column: 'b',
      found: '10000000',
    });
    const header = failure(() => read(`a\t${'x'.repeat(10_000_000)}\n1\t2\n`));
    expect(header.code).toBe('TSV_CELL_SIZE');
    expect(header.message.length).toBeLessThan(500);
  });

  test('refuses a quote that would swallow the rest of the file', () => {
    expect(failure(() => read('a\tb\n1\t"2\n3\t4\n')).problem).toMatchObject({
      code: 'TSV_QUOTE',
      row: 2,
    });
  });

  test('refuses bytes that are no text', () => {
    expect(failure(() => read('a\u0000\tb\n1\t2\n')).code).toBe('TSV_ENCODING');
  });

  test('reads 10,000 rows of 20 columns in well under a second', () => {
    const row = Array.from({ length: 20 }, (_, column) => `cell ${column}`).join('\t');
    const columns = Array.from({ length: 20 }, (_, column) => `column ${column}`).join('\t');
    const text = `${columns}\n${`${row}\n`.repeat(10_000)}`;
    const start = process.cpuUsage();
    expect(read(text).rows).toHaveLength(10_000);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(1000);
  });

  test('says which columns there are when one is missing, and which was meant', () => {
    expect(
      failure(() => columnOf(read('participant\tdiagnosi\n'), 'diagnosis', source)).problem,
    ).toMatchObject({ code: 'TSV_COLUMN', action: 'Did you mean "diagnosi"?' });
  });

  test('says which columns there are when one is missing', () => {
    expect(failure(() => columnOf(read('a\tb\n'), 'sex', source)).problem).toMatchObject({
      code: 'TSV_COLUMN',
      column: 'sex',
      found: 'a, b',
    });
  });
});

describe('writing', () => {
  test('gives the bytes of a reference table back', () => {
    const file = 'tests/fixtures/reference/synthetic/maps_ad/groups/train/split-0/data.tsv';
    const text = readFileSync(file, 'utf8');
    expect(writeTable(parseTable(text, { file }))).toBe(text);
  });

  test('leaves floats and formulas as they were', () => {
    const text = 'age\tnote\n70.0\t=1+1\n1e-05\t@SUM(A1)\n';
    expect(writeTable(read(text))).toBe(text);
  });

  test('is undone by reading, whatever the cells hold', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '\t', '"', '\n', ' ', 'é', '=', '0') });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 8 }), (rows) => {
        const table = { columns: ['x', 'y'], rows };
        expect(read(writeTable(table))).toEqual(table);
      }),
    );
  });
});

test('selects rows and columns', () => {
  const table = read('a\tb\tc\n1\t2\t3\n4\t5\t6\n');
  expect(
    selectColumns(
      filterRows(table, (row) => row === 1),
      ['c', 'a'],
      source,
    ),
  ).toEqual({
    columns: ['c', 'a'],
    rows: [['6', '4']],
  });
});
