/**
 * The two key columns of every table of the field: `participant_id` and `session_id`. Ids are
 * checked before anything is looked up with them, because they become parts of paths.
 */
import { CapsuleError } from '../errors.ts';
import { columnOf, rowNumber, type Table, type TableSource } from './table.ts';

export const PARTICIPANT_COLUMN = 'participant_id';
export const SESSION_COLUMN = 'session_id';

const PARTICIPANT = /^sub-[A-Za-z0-9]+$/;
const SESSION = /^ses-[A-Za-z0-9]+$/;

export interface SessionKey {
  readonly participant: string;
  readonly session: string;
}

export const isParticipantId = (text: string): boolean => PARTICIPANT.test(text);
export const isSessionId = (text: string): boolean => SESSION.test(text);

/** @returns one string a session, to use as the key of a Map or a Set. */
export const sessionName = ({ participant, session }: SessionKey): string =>
  `${participant}/${session}`;

/**
 * @returns participant and session of every row, in the order of the rows, spaces around ids removed
 * @throws TSV_COLUMN without the key columns, TSV_ID for a malformed id, TSV_DUPLICATE_ROW
 */
export function sessionsOf(table: Table, source: TableSource): SessionKey[] {
  const participants = columnOf(table, PARTICIPANT_COLUMN, source);
  const sessions = columnOf(table, SESSION_COLUMN, source);
  const rowOf = new Map<string, number>();
  // A source may hold its table too, which is no part of a message.
  const where = { file: source.file };
  return participants.map((text, position) => {
    const row = rowNumber(table, position);
    const key = { participant: text.trim(), session: (sessions[position] ?? '').trim() };
    if (!isParticipantId(key.participant)) {
      throw notAnId('sub-', key.participant, { ...where, row, column: PARTICIPANT_COLUMN });
    }
    if (!isSessionId(key.session)) {
      throw notAnId('ses-', key.session, { ...where, row, column: SESSION_COLUMN });
    }
    const name = sessionName(key);
    const earlier = rowOf.get(name);
    if (earlier !== undefined) {
      throw new CapsuleError('TSV_DUPLICATE_ROW', {
        ...where,
        ...key,
        row,
        found: `the same session in row ${earlier}`,
      });
    }
    rowOf.set(name, row);
    return key;
  });
}

/**
 * @returns positions of the rows that hold the first session of their participant: the
 * lexicographically smallest id that is in the table, not necessarily `ses-M000`
 */
export function baselinePositions(keys: readonly SessionKey[]): number[] {
  const first = new Map<string, number>();
  keys.forEach(({ participant, session }, position) => {
    const best = keys[first.get(participant) ?? -1];
    if (best === undefined || session < best.session) first.set(participant, position);
  });
  return [...first.values()].sort((a, b) => a - b);
}

function notAnId(
  prefix: 'sub-' | 'ses-',
  text: string,
  where: { file: string; row: number; column: string },
): CapsuleError {
  return new CapsuleError('TSV_ID', {
    ...where,
    expected: `${prefix} followed by letters and digits`,
    found: text === '' ? 'an empty cell' : `"${text.slice(0, 80)}"`,
  });
}
