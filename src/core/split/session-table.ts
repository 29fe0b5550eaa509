/**
 * A table of sessions put in order before participants are drawn: ids first, rows by participant and
 * time, the same row kept once. Everything is drawn on participants, so that all sessions of someone
 * go the same way; the "baseline" of a participant is the first session that the table has.
 */
import { CapsuleError } from '../errors.ts';
import { pandasTable } from '../tsv/pandas-cells.ts';
import type { NamedTable } from '../tsv/read-table.ts';
import { compareKeys } from '../tsv/session-time.ts';
import {
  PARTICIPANT_COLUMN,
  SESSION_COLUMN,
  sessionName,
  sessionsOf,
  type SessionKey,
} from '../tsv/sessions.ts';
import { columnOf, filterRows, rowNumber, type Table } from '../tsv/table.ts';

const KEYS = [PARTICIPANT_COLUMN, SESSION_COLUMN];

export interface Sessions extends NamedTable {
  /** Of each row. */
  readonly keys: readonly SessionKey[];
  /** Positions of the first session of each participant, in the order of the participants. */
  readonly baseline: readonly number[];
}

/**
 * @returns ids without spaces around them in the first two columns, then the other columns in their
 *   order, cells as pandas writes them
 * @throws TSV_COLUMN without the id columns, TSV_ID, TSV_DUPLICATE_ROW for two rows of one session
 *   that differ, SPLIT_EMPTY without a row
 */
export function orderSessions({ table, file }: NamedTable): Sessions {
  const single = withoutRepeats(table, file);
  const keys = sessionsOf(single, { file });
  if (keys.length === 0) {
    throw new CapsuleError('SPLIT_EMPTY', { file, expected: 'a row', found: 'a header alone' });
  }
  const written = pandasTable(single, KEYS);
  const others = written.columns.flatMap((name, column) => (KEYS.includes(name) ? [] : [column]));
  const order = keys.map((_key, position) => position).sort((a, b) => compareAt(keys, a, b));
  const sorted = order.map((position) => keys[position] as SessionKey);
  return {
    file,
    keys: sorted,
    baseline: sorted.flatMap(({ participant }, position) =>
      sorted[position - 1]?.participant === participant ? [] : [position],
    ),
    table: {
      columns: [...KEYS, ...others.map((column) => written.columns[column] ?? '')],
      rows: order.map((position) => {
        const { participant, session } = keys[position] as SessionKey;
        return [participant, session, ...others.map((column) => at(written, position, column))];
      }),
      lines: order.map((position) => rowNumber(single, position)),
    },
  };
}

/** @returns the rows of some participants: all of them, or the first of each. */
export function rowsOf(
  sessions: Sessions,
  participants: ReadonlySet<string>,
  which: 'all' | 'baseline',
): Table {
  const first = new Set(sessions.baseline);
  const { columns, rows } = filterRows(sessions.table, (position) => {
    const isWanted = participants.has(sessions.keys[position]?.participant ?? '');
    return isWanted && (which === 'all' || first.has(position));
  });
  return { columns, rows };
}

/** @returns the participants, sorted. */
export function participantsOf({ keys, baseline }: Sessions): string[] {
  return baseline.map((position) => keys[position]?.participant ?? '');
}

/** @returns the cells of a column in the first session of each participant. @throws TSV_COLUMN */
export function atBaseline(sessions: Sessions, column: string): string[] {
  const cells = columnOf(sessions.table, column, sessions);
  return sessions.baseline.map((position) => (cells[position] ?? '').trim());
}

/** @returns where a participant's first session stands, for an error. */
export function placeOf({ file, table, keys, baseline }: Sessions, index: number, column: string) {
  const position = baseline[index] ?? 0;
  return { ...keys[position], file, row: rowNumber(table, position), column };
}

/** Rows that say the same twice are kept once; `sessionsOf` refuses those that differ. */
function withoutRepeats(table: Table, file: string): Table {
  const ids = KEYS.map((name) => columnOf(table, name, { file }));
  const seen = new Map<string, string>();
  const lines = table.rows.map((_row, position) => rowNumber(table, position));
  return filterRows({ ...table, lines }, (position) => {
    const [participant = '', session = ''] = ids.map((cells) => (cells[position] ?? '').trim());
    const name = sessionName({ participant, session });
    const content = JSON.stringify(table.rows[position]);
    const isRepeat = seen.get(name) === content;
    seen.set(name, content);
    return !isRepeat;
  });
}

function compareAt(keys: readonly SessionKey[], a: number, b: number): number {
  return compareKeys(keys[a] as SessionKey, keys[b] as SessionKey);
}

const at = (table: Table, row: number, column: number): string => table.rows[row]?.[column] ?? '';
