/**
 * Tables for spreadsheet programs, which take a cell that begins with = + - @ for a formula and run it
 * (OWASP, "CSV Injection"). Such cells get an apostrophe in front; numbers stay numbers. Tables that
 * ClinicaDL reads are never treated so: this is for people's eyes only.
 */
import { parseTable, writeTable } from './table.ts';

const FORMULA = /^[\s]*[=+\-@\t\r]/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$|^[+-]?inf$/;

/** @returns the cell as a spreadsheet may have it */
export function escapeCell(cell: string): string {
  return FORMULA.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell;
}

/**
 * @param text - of a TSV
 * @returns the same table with cells that are no formulas @throws CapsuleError of `parseTable`
 */
export function forSpreadsheets(text: string, file: string): string {
  const { columns, rows } = parseTable(text, { file });
  return writeTable({
    columns: columns.map(escapeCell),
    rows: rows.map((row) => row.map(escapeCell)),
  });
}
