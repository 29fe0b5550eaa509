/**
 * Which sessions have a modality, from the tables of `clinica iotools check-missing-modalities`: one
 * table a session, `<prefix>_ses-M000.tsv`, with a row a participant and a column of 0 and 1 a
 * modality. A session without a table, or a participant without a row in it, has nothing.
 */
import { CapsuleError, describe, type Problem } from '../errors.ts';
import { nearest } from '../config/nearest.ts';
import { numberIn } from '../tsv/pandas-cells.ts';
import type { NamedTable } from '../tsv/read-table.ts';
import { isParticipantId, isSessionId, PARTICIPANT_COLUMN } from '../tsv/sessions.ts';
import { sessionIdentity } from '../tsv/session-time.ts';
import { columnOf, isMissing, rowNumber } from '../tsv/table.ts';
import { someOf } from './some-of.ts';

export interface SessionTable extends NamedTable {
  readonly session: string;
}

export interface Availability {
  /** Sessions that have the modality, by `sessionIdentity`. */
  readonly present: ReadonlySet<string>;
  /** Sessions that stand in some table, with the modality or without. */
  readonly listed: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** @returns the session whose modalities a file tells: the text after the last `_` of its name. */
export function sessionOfFile(path: string): string | undefined {
  const stem = path.slice(path.lastIndexOf('/') + 1).replace(/\.tsv$/, '');
  const session = stem.slice(stem.lastIndexOf('_') + 1);
  return path.endsWith('.tsv') && stem.includes('_') && isSessionId(session) ? session : undefined;
}

/**
 * @throws MODALITY_UNKNOWN when no table has the modality, TSV_COLUMN, TSV_ID, TSV_DUPLICATE_ROW, and
 *   TSV_VALUE for a cell that is neither 0 nor 1
 */
export function readAvailability(tables: readonly SessionTable[], modality: string): Availability {
  const name = columnName(tables, modality);
  const present = new Set<string>();
  const listed = new Set<string>();
  for (const { session, table, file } of tables) {
    const flags = table.columns.includes(name) ? columnOf(table, name, { file }) : [];
    columnOf(table, PARTICIPANT_COLUMN, { file }).forEach((cell, position) => {
      const key = { participant: cell.trim(), session };
      const where = { ...key, file, row: rowNumber(table, position) };
      refuseId(key.participant, where);
      const identity = sessionIdentity(key);
      if (listed.has(identity)) throw new CapsuleError('TSV_DUPLICATE_ROW', where);
      listed.add(identity);
      if (isSet(flags[position] ?? '', { ...where, column: name })) present.add(identity);
    });
  }
  const lacking = tables.filter(({ table }) => !table.columns.includes(name));
  return { present, listed, problems: lackingIn(lacking, name) };
}

/** @returns the name in the tables; `T1w` finds `t1w`. */
function columnName(tables: readonly SessionTable[], modality: string): string {
  const names = new Set(tables.flatMap(({ table }) => table.columns));
  names.delete(PARTICIPANT_COLUMN);
  if (names.has(modality)) return modality;
  const same = [...names].filter((name) => name.toLowerCase() === modality.toLowerCase());
  if (same.length === 1 && same[0] !== undefined) return same[0];
  const meant = nearest(modality, [...names]);
  throw new CapsuleError('MODALITY_UNKNOWN', {
    ...{ column: modality, expected: `"${modality}"`, found: [...names].join(', ') || 'none' },
    ...(meant === undefined ? {} : { action: `Did you mean --modality ${meant}?` }),
  });
}

function lackingIn(tables: readonly SessionTable[], column: string): Problem[] {
  if (tables.length === 0) return [];
  const found = `no such column for ${someOf(tables.map(({ session }) => session))}`;
  return [describe('MODALITY_SESSION', { column, found })];
}

function refuseId(id: string, where: { file: string; row: number }): void {
  if (isParticipantId(id)) return;
  throw new CapsuleError('TSV_ID', {
    ...{ file: where.file, row: where.row, column: PARTICIPANT_COLUMN },
    ...{ expected: 'sub- followed by letters and digits', found: `"${id}"` },
  });
}

function isSet(cell: string, where: { file: string; row: number; column: string }): boolean {
  if (isMissing(cell)) return false;
  const word = cell.trim().toLowerCase();
  if (word === 'true' || word === 'false') return word === 'true';
  const value = numberIn(cell);
  if (value === 0 || value === 1) return value === 1;
  throw new CapsuleError('TSV_VALUE', { ...where, expected: '0 or 1', found: `"${cell}"` });
}
