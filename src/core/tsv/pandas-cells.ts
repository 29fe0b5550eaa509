/**
 * Cells as pandas writes them after reading: in a column of numbers whole numbers stay whole unless a
 * cell is missing or has a fraction, in which case all are floats (`70` becomes `70.0`); missing is
 * empty; text stays. A column with a code such as `007` stays text here, since `7` is another code.
 */
import { pythonFloat } from '../config/python-json.ts';
import { isMissing, type Table } from './table.ts';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;
const WHOLE = /^[+-]?\d+$/;
const CODE = /^[+-]?0\d/;

/** @returns the number in a cell; undefined for anything else, missing cells included. */
export function numberIn(cell: string): number | undefined {
  const text = cell.trim();
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** @returns the cells of one column as pandas writes them. */
export function pandasCells(cells: readonly string[]): string[] {
  const present = cells.filter((cell) => !isMissing(cell)).map((cell) => cell.trim());
  const isNumeric = present.length > 0 && present.every(isPlainNumber);
  if (!isNumeric) return cells.map((cell) => (isMissing(cell) ? '' : cell));
  const isWhole = present.length === cells.length && present.every((cell) => WHOLE.test(cell));
  return cells.map((cell) => {
    if (isMissing(cell)) return '';
    const value = Number(cell);
    return isWhole ? String(value) : pythonFloat(value);
  });
}

/** @returns the table with its columns as pandas writes them, but for those named in `keep`. */
export function pandasTable(table: Table, keep: readonly string[]): Table {
  const columns = table.columns.map((name, column) => {
    const cells = table.rows.map((row) => row[column] ?? '');
    return keep.includes(name) ? cells : pandasCells(cells);
  });
  return {
    ...table,
    rows: table.rows.map((_row, position) => columns.map((cells) => cells[position] ?? '')),
  };
}

/** @returns whether two cells hold the same value: `70` and `70.0`, `n/a` and nothing. */
export function sameCell(a: string, b: string): boolean {
  if (isMissing(a) || isMissing(b)) return isMissing(a) && isMissing(b);
  const [first, second] = [numberIn(a), numberIn(b)];
  if (first !== undefined && second !== undefined) return first === second;
  return a.trim() === b.trim();
}

/** A number whose every digit a float keeps, and that is not a code. */
function isPlainNumber(text: string): boolean {
  if (numberIn(text) === undefined || CODE.test(text)) return false;
  return !WHOLE.test(text) || Number.isSafeInteger(Number(text));
}
