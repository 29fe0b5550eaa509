/**
 * Tables as the audit reads them: nothing is refused that it is there to report, such as a session
 * that stands twice or an id with odd characters. Only the two key columns have to be there.
 */
import { sessionIdentity } from '../tsv/session-time.ts';
import { PARTICIPANT_COLUMN, SESSION_COLUMN } from '../tsv/sessions.ts';
import { columnOf, findColumn, isMissing, type Table } from '../tsv/table.ts';
import type { AuditRow } from './experiment.ts';

const DIAGNOSIS = 'diagnosis';
const PART_COLUMNS = ['slice_id', 'patch_id', 'roi_id', 'image_id'];

export interface TableChoice {
  readonly file: string;
  /** Column that is predicted, where there is one. */
  readonly label: string | undefined;
  /** Other columns that the experiment uses. */
  readonly columns?: readonly string[];
  /** Cohort of all rows. */
  readonly cohort?: string | undefined;
}

/**
 * @returns the rows with a participant, in the order of the table
 * @throws TSV_COLUMN without the key columns
 */
export function auditRows(table: Table, choice: TableChoice): AuditRow[] {
  const { file, label, columns = [], cohort } = choice;
  const participants = columnOf(table, PARTICIPANT_COLUMN, { file });
  const sessions = columnOf(table, SESSION_COLUMN, { file });
  const part = PART_COLUMNS.find((name) => findColumn(table, name) !== undefined);
  const cell = (row: number, name: string | undefined): string | undefined => {
    const position = name === undefined ? undefined : findColumn(table, name);
    const text = position === undefined ? undefined : table.rows[row]?.[position]?.trim();
    return text === undefined || isMissing(text) ? undefined : text;
  };
  return participants.flatMap((text, row): AuditRow[] => {
    const participant = text.trim();
    if (participant === '') return [];
    const cells = columns.map((name): [string, string] => [name, cell(row, name) ?? '']);
    return [
      {
        ...{ participant, session: (sessions[row] ?? '').trim(), file },
        ...{ cohort, part: cell(row, part) },
        ...{ label: cell(row, label), diagnosis: cell(row, DIAGNOSIS), cells: new Map(cells) },
      },
    ];
  });
}

/**
 * @param visits - of the cohort of a row, or of no cohort in particular
 * @returns the rows, with the label and diagnosis of the same visit where they have none
 */
export function withVisits(rows: readonly AuditRow[], visits: readonly AuditRow[]): AuditRow[] {
  const known = new Map(visits.map((visit) => [keyOf(visit), visit]));
  return rows.map((row) => {
    const visit = known.get(keyOf(row)) ?? known.get(keyOf({ ...row, cohort: undefined }));
    const { label = visit?.label, diagnosis = visit?.diagnosis } = row;
    return { ...row, label, diagnosis };
  });
}

/** @returns the rows of the wanted diagnoses; all of them when no row has one, or none is wanted. */
export function ofDiagnoses(
  rows: readonly AuditRow[],
  wanted: readonly string[],
): readonly AuditRow[] {
  if (wanted.length === 0 || rows.every(({ diagnosis }) => diagnosis === undefined)) return rows;
  return rows.filter(({ diagnosis }) => wanted.includes(diagnosis ?? ''));
}

const keyOf = ({ cohort = '', ...key }: AuditRow): string => `${cohort} ${sessionIdentity(key)}`;
