/**
 * What is odd about a table without being wrong: cells that a spreadsheet would run (OWASP, "CSV
 * injection") and names of columns that hide a mistake. Nothing is changed; each is a warning.
 */
import { describe, type Problem } from '../errors.ts';
import { numberIn } from './pandas-cells.ts';
import { isMissing, rowNumber } from './table.ts';
import type { NamedTable } from './read-table.ts';

/** @returns TSV_FORMULA and TSV_COLUMN_NAME, at most one of each kind a column. */
export function oddities({ table, file }: NamedTable): Problem[] {
  return table.columns.flatMap((column, position) => [
    ...nameProblem(column, position, file),
    ...formulaProblem({ table, file }, column, position),
  ]);
}

/** @returns whether a spreadsheet would take the text for a formula. */
export function isFormula(cell: string): boolean {
  const text = cell.trim();
  if (text.length < 2 || isMissing(text) || numberIn(text) !== undefined) return false;
  return /^[=@+-]/.test(text);
}

function nameProblem(column: string, position: number, file: string): Problem[] {
  const where = { file, row: 1, column };
  if (column === 'prototype' || column in {}) {
    return [describe('TSV_COLUMN_NAME', { ...where, found: 'a name that programs reserve' })];
  }
  if (column !== column.trim()) {
    return [describe('TSV_COLUMN_NAME', { ...where, found: 'spaces around the name' })];
  }
  // A nameless first column is the index that pandas writes.
  if (column === '' && position > 0) {
    return [describe('TSV_COLUMN_NAME', { ...where, found: `no name of column ${position + 1}` })];
  }
  return [];
}

function formulaProblem({ table, file }: NamedTable, column: string, position: number): Problem[] {
  const first = table.rows.findIndex((row) => isFormula(row[position] ?? ''));
  if (first === -1) return [];
  const count = table.rows.filter((row) => isFormula(row[position] ?? '')).length;
  const cell = (table.rows[first]?.[position] ?? '').slice(0, 80);
  const found = `"${cell}"${count > 1 ? ` and ${count - 1} more in this column` : ''}`;
  return [describe('TSV_FORMULA', { file, row: rowNumber(table, first), column, found })];
}
