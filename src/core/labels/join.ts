/**
 * A column that a table lacks, taken by session from another one: `get-progression` looks for the
 * diagnosis in the `labels.tsv` nearest above its table. Sessions that the other table lacks are left
 * out, as in 1.6.1, and named.
 */
import { describe, type Problem } from '../errors.ts';
import type { NamedTable } from '../tsv/read-table.ts';
import { sessionIdentity } from '../tsv/session-time.ts';
import { sessionsOf } from '../tsv/sessions.ts';
import { columnOf, filterRows } from '../tsv/table.ts';
import { someSessions } from './some-of.ts';

/** @returns the table with the column as its last one @throws those of the tables */
export function joinColumn(
  data: NamedTable,
  other: NamedTable,
  column: string,
): { data: NamedTable; problems: Problem[] } {
  const cells = columnOf(other.table, column, other);
  const cellOf = new Map(
    sessionsOf(other.table, other).map((key, position) => [sessionIdentity(key), cells[position]]),
  );
  const keys = sessionsOf(data.table, data);
  const found = keys.map((key) => cellOf.get(sessionIdentity(key)));
  const kept = filterRows(data.table, (position) => found[position] !== undefined);
  const added = found.filter((cell) => cell !== undefined);
  const lost = keys.filter((_key, position) => found[position] === undefined);
  const table = {
    ...kept,
    columns: [...kept.columns, column],
    rows: kept.rows.map((row, position) => [...row, added[position] ?? '']),
  };
  const problem = { file: other.file, found: someSessions(lost) };
  return {
    data: { table, file: data.file },
    problems: lost.length === 0 ? [] : [describe('METADATA_LOST', problem)],
  };
}
