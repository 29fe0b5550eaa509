/**
 * Tab-separated tables, cells kept as the text that was read: writing a table that was read gives
 * the same values, digit for digit. A table may start with a nameless index column, as pandas
 * writes it; it is an ordinary column whose name is ''. Rows are found by position and columns by
 * search, so a column called `__proto__` is a name like any other.
 */
import { tsvFormatRows, tsvParseRows } from 'd3-dsv';
import { didYouMean } from '../config/nearest.ts';
import { CapsuleError } from '../errors.ts';
import { openQuote } from './quotes.ts';

export interface Table {
  readonly columns: readonly string[];
  /** Every row has as many cells as there are columns. */
  readonly rows: readonly (readonly string[])[];
  /** Line of each row in its file, counted from 1; absent when row i stands in line i + 2. */
  readonly lines?: readonly number[];
}

/** Where a table came from, for messages. */
export interface TableSource {
  readonly file: string;
}

/** Characters; a longer cell is a damaged file, not a value. */
export const MAX_CELL = 1_000_000;

/** Cells that pandas reads as missing. */
const MISSING = new Set([
  ...['', 'NaN', 'nan', '-NaN', '-nan', 'NA', 'N/A', 'n/a', 'null', 'NULL', 'None', '<NA>'],
  ...['#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '1.#IND', '1.#QNAN'],
]);

/** @returns whether a cell holds nothing: empty, `NaN`, `n/a` and what else pandas takes for it. */
export function isMissing(cell: string): boolean {
  return MISSING.has(cell.trim());
}

/**
 * @param text - the file, with or without byte order mark, lines ended by LF or CRLF
 * @returns the table; empty lines are skipped, as pandas does
 * @throws TSV_EMPTY without a header, TSV_DUPLICATE_COLUMN, TSV_ROW_WIDTH for a ragged row, TSV_QUOTE,
 *   TSV_CELL_SIZE, TSV_ENCODING for text that is not text
 */
export function parseTable(text: string, { file }: TableSource): Table {
  refuseDamage(text, file);
  const lines = tsvParseRows(text.startsWith('\uFEFF') ? text.slice(1) : text);
  const start = lines.findIndex(isFilled);
  const columns = lines[start];
  if (columns === undefined) throw new CapsuleError('TSV_EMPTY', { file });
  refuseDuplicates(columns, file);
  const rows: string[][] = [];
  const numbers: number[] = [];
  for (let line = start; line < lines.length; line += 1) {
    const cells = lines[line] ?? [];
    if (!isFilled(cells)) continue;
    refuseHugeCells(cells, columns, { file, row: line + 1 });
    if (line === start) continue;
    if (cells.length !== columns.length) {
      throw new CapsuleError('TSV_ROW_WIDTH', {
        file,
        row: line + 1,
        expected: `${columns.length} cells`,
        found: String(cells.length),
      });
    }
    rows.push(cells);
    numbers.push(line + 1);
  }
  const isPlain = numbers.every((number, position) => number === position + 2);
  return { columns, rows, ...(isPlain ? {} : { lines: numbers }) };
}

/** @returns the line of a row in its file, counted from 1, header included. */
export function rowNumber(table: Table, position: number): number {
  return table.lines?.[position] ?? position + 2;
}

/** @returns the table as text, cells as they are, lines ended by LF. */
export function writeTable(table: Table): string {
  return `${tsvFormatRows([[...table.columns], ...table.rows.map((row) => [...row])])}\n`;
}

/** @returns position of a column, or undefined when there is none of that name. */
export function findColumn(table: Table, name: string): number | undefined {
  const position = table.columns.indexOf(name);
  return position < 0 ? undefined : position;
}

/**
 * @returns the cells of a column, in the order of the rows
 * @throws TSV_COLUMN when there is none of that name
 */
export function columnOf(table: Table, name: string, { file }: TableSource): string[] {
  const position = findColumn(table, name);
  if (position === undefined) {
    throw new CapsuleError('TSV_COLUMN', {
      ...{ file, column: name, found: listed(table.columns) },
      ...didYouMean(name, table.columns),
    });
  }
  return table.rows.map((row) => row[position] ?? '');
}

/** @returns the table with the rows for which `keep` holds; `keep` sees a row's position. */
export function filterRows(table: Table, keep: (position: number) => boolean): Table {
  return {
    columns: table.columns,
    rows: table.rows.filter((_row, position) => keep(position)),
    ...(table.lines === undefined
      ? {}
      : { lines: table.lines.filter((_line, position) => keep(position)) }),
  };
}

/** @returns the named columns in the order of the names; a missing one is an error (TSV_COLUMN). */
export function selectColumns(table: Table, names: readonly string[], source: TableSource): Table {
  const cells = names.map((name) => columnOf(table, name, source));
  return {
    columns: [...names],
    rows: table.rows.map((_row, position) => cells.map((column) => column[position] ?? '')),
    ...(table.lines === undefined ? {} : { lines: table.lines }),
  };
}

function isFilled(cells: readonly string[]): boolean {
  return cells.length > 1 || (cells[0] ?? '').trim() !== '';
}

function refuseDamage(text: string, file: string): void {
  if (text.includes('\u0000')) {
    throw new CapsuleError('TSV_ENCODING', { file, expected: 'UTF-8', found: 'zero bytes' });
  }
  const row = openQuote(text);
  if (row === undefined) return;
  throw new CapsuleError('TSV_QUOTE', { file, row, expected: '" at the end of the cell' });
}

function refuseHugeCells(
  cells: readonly string[],
  columns: readonly string[],
  where: { file: string; row: number },
): void {
  const position = cells.findIndex((cell) => cell.length > MAX_CELL);
  if (position === -1) return;
  throw new CapsuleError('TSV_CELL_SIZE', {
    ...where,
    column: (columns[position] ?? '').slice(0, 80),
    expected: `at most ${MAX_CELL} characters`,
    found: String(cells[position]?.length),
  });
}

function refuseDuplicates(columns: readonly string[], file: string): void {
  const seen = new Set<string>();
  for (const column of columns) {
    if (seen.has(column)) throw new CapsuleError('TSV_DUPLICATE_COLUMN', { file, column, row: 1 });
    seen.add(column);
  }
}

function listed(columns: readonly string[]): string {
  if (columns.length === 0) return 'no column';
  const shown = columns.slice(0, 24).map((name) => name.slice(0, 80));
  const more = columns.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
