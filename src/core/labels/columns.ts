/**
 * Which column of a table holds the age, the sex, the diagnosis or the MMSE. ClinicaDL's rule: the
 * exact name, else the shortest name that contains it whatever the case. Here names where it is a
 * word of its own come first, so that neither `language` nor `stage` is an age; the names that BIDS
 * folders use for sex and diagnosis are tried last; and any choice but the exact name is told.
 */
import { CapsuleError, describe, type Problem } from '../errors.ts';
import { numberIn } from '../tsv/pandas-cells.ts';
import type { NamedTable } from '../tsv/read-table.ts';
import { isMissing, type Table } from '../tsv/table.ts';

export type Role = 'age' | 'sex' | 'diagnosis' | 'mms';

export interface ChosenColumn {
  readonly name: string;
  /** Name in tables that are written: that of the role for a column that 1.6.1 would not find. */
  readonly written: string;
  /** TSV_COLUMN_CHOSEN, unless the column has the expected name but for its case. */
  readonly problems: readonly Problem[];
}

const OTHER_NAMES: Readonly<Record<Role, readonly string[]>> = {
  age: [],
  sex: ['gender'],
  diagnosis: ['dx1', 'dx', 'group', 'dx_group', 'diagnostic_group', 'clinical_group'],
  mms: [],
};

/** @returns the column, or undefined when there is none for the role. */
export function findRole({ table, file }: NamedTable, role: Role): ChosenColumn | undefined {
  if (table.columns.includes(role)) return { name: role, written: role, problems: [] };
  const named = containing(table.columns, role);
  const usual = shortest(
    role === 'age' ? named.filter((column) => hasNumber(table, column)) : named,
  );
  const name = usual ?? otherName(table.columns, role);
  if (name === undefined) return undefined;
  const keepsName = usual !== undefined && role !== 'diagnosis';
  const isPlain = name.toLowerCase() === role || /^mmse?$/i.test(name);
  const details = { file, row: 1, column: name, expected: `"${role}"`, found: `"${name}"` };
  return {
    name,
    written: keepsName ? name : role,
    problems: isPlain ? [] : [describe('TSV_COLUMN_CHOSEN', details)],
  };
}

/** @returns the column @throws TSV_COLUMN naming those that are there */
export function needRole(source: NamedTable, role: Role): ChosenColumn {
  const found = findRole(source, role);
  if (found !== undefined) return found;
  throw new CapsuleError('TSV_COLUMN', {
    ...{ file: source.file, column: role, found: source.table.columns.slice(0, 24).join(', ') },
    expected: `"${role}", or a name that contains it`,
  });
}

const SEXES: ReadonlyMap<string, 'F' | 'M'> = new Map([
  ...(['f', 'female', 'woman'] as const).map((word) => [word, 'F'] as const),
  ...(['m', 'male', 'man'] as const).map((word) => [word, 'M'] as const),
]);

/** @returns M or F, or undefined for anything that is not clearly one of them. */
export function sexOf(cell: string): 'F' | 'M' | undefined {
  return SEXES.get(cell.trim().toLowerCase());
}

/**
 * @returns the cells as M and F when all say so in some way (`f`, `Female`); otherwise as they are,
 *   with TSV_SEX_CODE, because 1 and 2 mean different things in different studies
 */
export function sexCells(
  cells: readonly string[],
  where: { file: string; column: string },
): { cells: string[]; problems: Problem[] } {
  const present = cells.filter((cell) => !isMissing(cell));
  const odd = [...new Set(present.filter((cell) => sexOf(cell) === undefined))];
  if (odd.length === 0) return { cells: cells.map((cell) => sexOf(cell) ?? ''), problems: [] };
  const found = odd.slice(0, 5).join(', ');
  return { cells: [...cells], problems: [describe('TSV_SEX_CODE', { ...where, found })] };
}

function containing(columns: readonly string[], role: Role): string[] {
  const found = columns.filter((name) => name.toLowerCase().includes(role));
  const word = new RegExp(`(^|[^a-z])${role}([^a-z]|$)`, 'i');
  const words = role === 'age' || role === 'sex' ? found.filter((name) => word.test(name)) : [];
  return words.length > 0 ? words : found;
}

/** What holds text alone, such as `language`, is no age. */
function hasNumber(table: Table, name: string): boolean {
  const position = table.columns.indexOf(name);
  const present = table.rows.map((row) => row[position] ?? '').filter((cell) => !isMissing(cell));
  return present.length === 0 || present.some((cell) => numberIn(cell) !== undefined);
}

function shortest(names: readonly string[]): string | undefined {
  return names.reduce<string | undefined>(
    (best, name) => (best === undefined || name.length < best.length ? name : best),
    undefined,
  );
}

function otherName(columns: readonly string[], role: Role): string | undefined {
  for (const name of OTHER_NAMES[role]) {
    const found = columns.find((column) => column.toLowerCase() === name);
    if (found !== undefined) return found;
  }
  return undefined;
}
