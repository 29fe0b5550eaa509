/**
 * The unlabelled sessions of a domain adaptation (`--tsv_target_unlab`): participants and sessions,
 * whatever else stands beside them. ClinicaDL's documentation shows the table without a header: both
 * forms are read.
 */
import { CapsuleError } from '../errors.ts';
import type { FileTree } from '../files/file-tree.ts';
import { readNamedTable } from '../tsv/read-table.ts';
import {
  isParticipantId,
  isSessionId,
  PARTICIPANT_COLUMN,
  SESSION_COLUMN,
  sessionsOf,
  type SessionKey,
} from '../tsv/sessions.ts';
import { rowNumber, type Table } from '../tsv/table.ts';

/** @throws FILE_NOT_FOUND, SPLIT_EMPTY, TSV_COLUMN, TSV_ID, TSV_DUPLICATE_ROW, those of `parseTable` */
export async function readUnlabelled(
  tree: FileTree,
  path: string,
  name = path,
): Promise<SessionKey[]> {
  const { table, file } = await readNamedTable(tree, path, name);
  const sessions = sessionsOf(withHeader(table), { file });
  if (sessions.length > 0) return sessions;
  throw new CapsuleError('SPLIT_EMPTY', { file, expected: 'unlabelled sessions', found: 'none' });
}

/** A first line that names a session is no header. */
function withHeader(table: Table): Table {
  const [participant = '', session = '', ...others] = table.columns;
  if (!isParticipantId(participant.trim()) || !isSessionId(session.trim())) return table;
  return {
    columns: [PARTICIPANT_COLUMN, SESSION_COLUMN, ...others.map((_, index) => `column ${index}`)],
    rows: [table.columns, ...table.rows],
    lines: [1, ...table.rows.map((_, position) => rowNumber(table, position))],
  };
}
