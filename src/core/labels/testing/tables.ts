/** For tests: tables written with spaces, and what went wrong as codes. */
import { CapsuleError, type ErrorCode, type Problem } from '../../errors.ts';
import type { NamedTable } from '../../tsv/read-table.ts';
import { parseTable, type Table } from '../../tsv/table.ts';

/** @param text - a line a row, cells apart by spaces; `.` is an empty cell. */
export function tableOf(text: string, file = 'data.tsv'): NamedTable {
  return { table: parseTable(tsvOf(text), { file }), file };
}

/** @returns the text of the table, cells apart by tabs. */
export function tsvOf(text: string): string {
  const lines = text.trim().split('\n');
  const cells = lines.map((line) => line.trim().split(/ +/));
  return cells
    .map((row) => `${row.map((cell) => (cell === '.' ? '' : cell)).join('\t')}\n`)
    .join('');
}

/** @returns the table the other way round: rows of cells apart by spaces, header first. */
export function linesOf({ columns, rows }: Table): string[] {
  return [columns, ...rows].map((row) => row.map((cell) => (cell === '' ? '.' : cell)).join(' '));
}

export const codesOf = (problems: readonly Problem[]): ErrorCode[] =>
  problems.map(({ code }) => code);

/** @returns the problem that `run` throws. */
export function thrownBy(run: () => unknown): Problem {
  try {
    run();
  } catch (error) {
    if (error instanceof CapsuleError) return error.problem;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** As `thrownBy`, for what is awaited. */
export async function rejectedBy(run: () => Promise<unknown>): Promise<Problem> {
  try {
    await run();
  } catch (error) {
    if (error instanceof CapsuleError) return error.problem;
    throw error;
  }
  throw new Error('nothing was thrown');
}
