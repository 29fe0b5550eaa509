/**
 * From a BIDS folder to the two inputs of `get-labels` that Clinica would make: the merged table
 * (`merge-tsv`: participants.tsv and every sub-*_sessions.tsv, a column of both taken from the session)
 * and the tables of modalities (`check-missing-modalities`), one a session. Scans files and results of
 * pipelines are not merged.
 */
import { CapsuleError, describe, type Problem } from '../errors.ts';
import { readNamedTable, type NamedTable } from '../tsv/read-table.ts';
import { compareKeys, compareText } from '../tsv/session-time.ts';
import {
  isParticipantId,
  isSessionId,
  PARTICIPANT_COLUMN,
  SESSION_COLUMN,
  sessionName,
  type SessionKey,
} from '../tsv/sessions.ts';
import { columnOf, rowNumber, type Table } from '../tsv/table.ts';
import type { FileTree } from '../files/file-tree.ts';
import { readBidsFolder, type BidsFolder } from './bids-folder.ts';
import { someOf } from './some-of.ts';

export interface BidsTables {
  readonly merged: Table;
  /** Table of modalities of each session, by session. */
  readonly modalities: ReadonlyMap<string, Table>;
  readonly problems: readonly Problem[];
}

/** @throws BIDS_NOT_BIDS, FILE_NOT_FOUND without participants.tsv, and those of tables */
export async function readBidsTables(tree: FileTree): Promise<BidsTables> {
  const folder = await readBidsFolder(tree.paths());
  const participants = await participantsOf(tree, folder);
  const ofSessions: SessionRows[] = [];
  for (const [participant, path] of folder.sessionTables) {
    const source = await readNamedTable(tree, path);
    ofSessions.push({ participant, source, sessions: idsOf(source, SESSION_COLUMN) });
  }
  return {
    merged: mergeTables(folder, participants, ofSessions),
    modalities: modalityTables(folder),
    problems: [...folder.problems, ...strangers(folder, participants)],
  };
}

interface SessionRows {
  readonly participant: string;
  readonly source: NamedTable;
  readonly sessions: readonly string[];
}

interface Participants {
  readonly source: NamedTable;
  readonly ids: readonly string[];
}

/** A folder that tells everything by session may do without participants.tsv. */
async function participantsOf(tree: FileTree, folder: BidsFolder): Promise<Participants> {
  if (!folder.hasParticipantsTable && folder.sessionTables.size > 0) {
    const table = { columns: [PARTICIPANT_COLUMN], rows: [] };
    return { source: { table, file: 'participants.tsv' }, ids: [] };
  }
  const source = await readNamedTable(tree, 'participants.tsv');
  return { source, ids: idsOf(source, PARTICIPANT_COLUMN) };
}

/** @returns the checked ids of a table with a row an id @throws TSV_ID, TSV_DUPLICATE_ROW */
function idsOf(source: NamedTable, column: string): string[] {
  const { table, file } = source;
  const isId = column === PARTICIPANT_COLUMN ? isParticipantId : isSessionId;
  const rows = new Map<string, number>();
  return columnOf(table, column, source).map((cell, position) => {
    const id = cell.trim();
    const row = rowNumber(table, position);
    if (!isId(id)) {
      const prefix = column === PARTICIPANT_COLUMN ? 'sub-' : 'ses-';
      throw new CapsuleError('TSV_ID', {
        ...{ file, row, column, expected: `${prefix} followed by letters and digits` },
        found: `"${id.slice(0, 80)}"`,
      });
    }
    const earlier = rows.get(id);
    if (earlier !== undefined) {
      const found = `${id} in row ${earlier} as well`;
      throw new CapsuleError('TSV_DUPLICATE_ROW', { file, row, column, found });
    }
    rows.set(id, row);
    return id;
  });
}

function mergeTables(
  folder: BidsFolder,
  participants: Participants,
  ofSessions: readonly SessionRows[],
): Table {
  const own = [PARTICIPANT_COLUMN, SESSION_COLUMN];
  const all = [participants.source, ...ofSessions.map(({ source }) => source)];
  const columns = [...new Set(all.flatMap(({ table }) => table.columns))].filter(
    (name) => !own.includes(name),
  );
  const keys = new Map<string, SessionKey>();
  const cells = new Map<string, ReadonlyMap<string, string>>();
  for (const { participant, source, sessions } of ofSessions) {
    sessions.forEach((session, position) => {
      const name = sessionName({ participant, session });
      keys.set(name, { participant, session });
      cells.set(name, rowOf(source.table, position));
    });
  }
  for (const { participant, session } of folder.sessions) {
    keys.set(sessionName({ participant, session }), { participant, session });
  }
  const people = new Map(
    participants.ids.map((id, position) => [id, rowOf(participants.source.table, position)]),
  );
  const rows = [...keys.values()].sort(compareKeys).map((key) => {
    const session = cells.get(sessionName(key));
    const person = people.get(key.participant);
    return [
      ...[key.participant, key.session],
      ...columns.map((name) => session?.get(name) ?? person?.get(name) ?? ''),
    ];
  });
  return { columns: [...own, ...columns], rows };
}

function rowOf(table: Table, position: number): ReadonlyMap<string, string> {
  return new Map(table.columns.map((name, place) => [name, table.rows[position]?.[place] ?? '']));
}

function modalityTables(folder: BidsFolder): Map<string, Table> {
  const names = new Set(folder.sessions.flatMap(({ modalities }) => [...modalities]));
  const columns = [...names].sort(compareText);
  const tables = new Map<string, { columns: string[]; rows: string[][] }>();
  for (const { participant, session, modalities } of folder.sessions) {
    const table = tables.get(session) ?? { columns: [PARTICIPANT_COLUMN, ...columns], rows: [] };
    const flags = columns.map((name) => (modalities.has(name) ? '1' : '0'));
    table.rows.push([participant, ...flags]);
    tables.set(session, table);
  }
  return tables;
}

/** Participants of the table without a folder, and folders without a row. */
function strangers(folder: BidsFolder, { source, ids }: Participants): Problem[] {
  const listed = new Set(ids);
  const homeless = ids.filter((id) => !folder.participants.has(id));
  const unlisted = [...folder.participants].filter((id) => !listed.has(id)).sort(compareText);
  const parts = [
    ...(homeless.length > 0 ? [`no folder for ${someOf(homeless)}`] : []),
    ...(unlisted.length > 0 ? [`no row for ${someOf(unlisted)}`] : []),
  ];
  if (parts.length === 0) return [];
  return [describe('BIDS_PARTICIPANT', { file: source.file, found: parts.join('; ') })];
}
