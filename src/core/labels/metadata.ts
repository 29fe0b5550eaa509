/**
 * `get-metadata`: columns of the merged table for the sessions of a table of labels. ClinicaDL joins on
 * all columns that both tables have, so a session about which they disagree is lost, for instance one
 * whose missing diagnosis `get-labels` filled in: that is told, and joining by session alone is a choice.
 */
import { CapsuleError, describe, type Problem } from '../errors.ts';
import { nearest } from '../config/nearest.ts';
import { oddities } from '../tsv/inspect.ts';
import { pandasTable, sameCell } from '../tsv/pandas-cells.ts';
import type { NamedTable } from '../tsv/read-table.ts';
import { compareText, sessionIdentity, withThreeDigits } from '../tsv/session-time.ts';
import { PARTICIPANT_COLUMN, SESSION_COLUMN, sessionsOf } from '../tsv/sessions.ts';
import { type Table } from '../tsv/table.ts';
import { someOf } from './some-of.ts';

export interface MetadataChoice {
  /** Columns to add; all when left out. */
  readonly variables?: readonly string[] | undefined;
  /** Joins by participant and session alone; what both tables have keeps its value in the data. */
  readonly bySession: boolean;
  /** Writes `ses-M000` for `ses-M00`, as 1.6.1. */
  readonly threeDigits: boolean;
}

export interface MetadataTable {
  readonly table: Table;
  readonly problems: readonly Problem[];
}

const KEYS = [PARTICIPANT_COLUMN, SESSION_COLUMN];

/** @throws CONFIG_VALUE for an unknown variable, LABELS_EMPTY when no session is in both tables */
export function addMetadata(
  data: NamedTable,
  merged: NamedTable,
  choice: MetadataChoice,
): MetadataTable {
  const keys = sessionsOf(data.table, data);
  const columns = columnsOf(data.table, merged, choice.variables);
  const mergedKeys = sessionsOf(merged.table, merged);
  const rowOf = new Map(mergedKeys.map((key, position) => [sessionIdentity(key), position]));
  const shared = data.table.columns.filter(
    (name) => !KEYS.includes(name) && merged.table.columns.includes(name),
  );
  const lost: string[] = [];
  const rows: string[][] = [];
  keys.forEach((key, position) => {
    const name = `${key.participant} ${key.session}`;
    const match = rowOf.get(sessionIdentity(key));
    if (match === undefined) {
      lost.push(`${name} (not in the merged table)`);
      return;
    }
    const differs = choice.bySession
      ? undefined
      : shared.find((column) => {
          const there = cell(merged.table, match, column);
          return !sameCell(cell(data.table, position, column), there);
        });
    if (differs !== undefined) {
      lost.push(`${name} (${differs})`);
      return;
    }
    const session = choice.threeDigits ? withThreeDigits(key.session) : key.session;
    const others = columns.map((column) =>
      data.table.columns.includes(column)
        ? cell(data.table, position, column)
        : cell(merged.table, match, column),
    );
    rows.push([key.participant, session, ...others]);
  });
  const { file } = data;
  const problems = [...oddities(data), ...oddities(merged)];
  if (rows.length === 0) {
    const found = lost.length === 0 ? 'no row' : someOf(lost);
    throw new CapsuleError('LABELS_EMPTY', {
      file,
      expected: `a session of ${merged.file}`,
      found,
    });
  }
  if (lost.length > 0) problems.push(describe('METADATA_LOST', { file, found: someOf(lost) }));
  return { table: pandasTable({ columns: [...KEYS, ...columns], rows }, ['diagnosis']), problems };
}

/** All columns in the order of the tables, or those of the data and the wanted ones by name. */
function columnsOf(data: Table, merged: NamedTable, variables?: readonly string[]): string[] {
  const there = merged.table.columns;
  if (variables === undefined || variables.length === 0) {
    return [...new Set([...data.columns, ...there])].filter((name) => !KEYS.includes(name));
  }
  const unknown = variables.find((name) => !there.includes(name) && !data.columns.includes(name));
  if (unknown !== undefined) {
    const meant = nearest(unknown, there);
    throw new CapsuleError('CONFIG_VALUE', {
      ...{ file: merged.file, expected: `one of ${there.slice(0, 24).join(', ')}`, found: unknown },
      ...(meant === undefined ? {} : { action: `Did you mean "${meant}"?` }),
    });
  }
  const wanted = new Set([...data.columns, ...variables]);
  return [...wanted].filter((name) => !KEYS.includes(name)).sort(compareText);
}

function cell(table: Table, row: number, column: string): string {
  return table.rows[row]?.[table.columns.indexOf(column)] ?? '';
}
