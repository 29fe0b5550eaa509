/**
 * Columns that a table of sessions lacks, taken from the labels table that it came from: ClinicaDL
 * looks for a `labels.tsv` in the folders above and keeps the sessions that both have.
 */
import { CapsuleError } from '../errors.ts';
import { findRole, type Role } from '../labels/columns.ts';
import type { NamedTable } from '../tsv/read-table.ts';
import { sessionIdentity } from '../tsv/session-time.ts';
import { PARTICIPANT_COLUMN, SESSION_COLUMN, sessionsOf } from '../tsv/sessions.ts';
import { filterRows, type Table } from '../tsv/table.ts';

const KEYS = [PARTICIPANT_COLUMN, SESSION_COLUMN];
const ROLES: readonly string[] = ['age', 'sex', 'diagnosis'] satisfies Role[];

export interface Completed extends NamedTable {
  /** File that columns were taken from. */
  readonly joined?: string;
  /** Sessions that it does not have: they are left out. */
  readonly lost: number;
}

/** @returns whether the table has the column, or for a role that of the baseline (`age_bl`). */
export function hasNeeded({ table }: NamedTable, name: string): boolean {
  const isRole = ROLES.includes(name);
  return table.columns.includes(name) || (isRole && table.columns.includes(`${name}_bl`));
}

/**
 * @param needed - names of columns; age, sex and diagnosis may go by a similar name
 * @param others - tables that may have what is missing, nearest first: the first that has all of it
 * @returns the table with the columns that it lacked, rows of sessions that the other lacks left out
 * @throws TSV_COLUMN, SPLIT_EMPTY when the two tables have no session in common
 */
export function withNeeded(
  source: NamedTable,
  needed: readonly string[],
  others: readonly NamedTable[],
): Completed {
  const missing = needed.filter((name) => !hasNeeded(source, name));
  if (missing.length === 0) return { ...source, lost: 0 };
  const other = others.find((table) => missing.every((name) => hasNeeded(table, name)));
  if (other !== undefined) return joined(source, other);
  const unknown = missing.find((name) => findNeeded(source, name) === undefined);
  if (unknown === undefined) return { ...source, lost: 0 };
  throw new CapsuleError('TSV_COLUMN', {
    ...{ file: source.file, column: unknown, found: source.table.columns.slice(0, 24).join(', ') },
    expected: `"${unknown}" here or in a labels.tsv of the folders above`,
  });
}

/** @returns the name of the column: itself, or for a role what stands for it. */
export function findNeeded(source: NamedTable, name: string): string | undefined {
  if (source.table.columns.includes(name)) return name;
  return ROLES.includes(name) ? findRole(source, name as Role)?.name : undefined;
}

function joined(source: NamedTable, other: NamedTable): Completed {
  const added = other.table.columns.flatMap((name, column) =>
    KEYS.includes(name) || source.table.columns.includes(name) ? [] : [column],
  );
  const rowOf = new Map(
    sessionsOf(other.table, other).map((key, row) => [sessionIdentity(key), row] as const),
  );
  const rows = sessionsOf(source.table, source).map((key) => rowOf.get(sessionIdentity(key)));
  const kept = filterRows(source.table, (position) => rows[position] !== undefined);
  if (kept.rows.length === 0) {
    throw new CapsuleError('SPLIT_EMPTY', {
      file: source.file,
      expected: `a session that is in ${other.file}`,
      found: `${rows.length} sessions, none of them there`,
    });
  }
  const from = rows.filter((row) => row !== undefined);
  const table: Table = {
    ...kept,
    columns: [...kept.columns, ...added.map((column) => other.table.columns[column] ?? '')],
    rows: kept.rows.map((cells, position) => {
      const cellsThere = other.table.rows[from[position] ?? -1] ?? [];
      return [...cells, ...added.map((column) => cellsThere[column] ?? '')];
    }),
  };
  return { table, file: source.file, joined: other.file, lost: rows.length - from.length };
}
