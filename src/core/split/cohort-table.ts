/**
 * A table of sessions with their labels, as `train` reads it: checked ids, rows of the wanted
 * diagnoses only, and the label of each row, where the task has one.
 */
import { CapsuleError } from '../errors.ts';
import type { FileTree } from '../files/file-tree.ts';
import { readNamedTable } from '../tsv/read-table.ts';
import { sessionName, sessionsOf, type SessionKey } from '../tsv/sessions.ts';
import { columnOf, findColumn, isMissing, type Table } from '../tsv/table.ts';

export const DIAGNOSIS = 'diagnosis';
const DOMAIN = 'domain';

export interface LabelledSession extends SessionKey {
  /** The cell as it stands; empty where the task has no label. */
  readonly label: string;
  /** Where there are several cohorts: ids of two may be the same. */
  readonly cohort?: string | undefined;
  /** The cell of a column `domain`, where the table has one: of a domain adaptation. */
  readonly domain?: string | undefined;
}

export interface RowChoice {
  /** Column that is predicted; undefined for a task without a label. */
  readonly label: string | undefined;
  /** Whether labels have to be numbers: a regression's do. */
  readonly isNumber?: boolean;
  /** Rows with another diagnosis are left out, whatever the label is. */
  readonly diagnoses: readonly string[];
}

export async function readTable(tree: FileTree, file: string): Promise<Table> {
  return (await readNamedTable(tree, file)).table;
}

/**
 * @param others - tables that may have the diagnosis when this one has none: the first that has it
 *   is joined by session, and sessions that it lacks are left out, as in 1.6.1
 * @throws TSV_COLUMN, TSV_ID, TSV_DUPLICATE_ROW, TSV_VALUE for a label that is empty or no number,
 *   SPLIT_EMPTY
 */
export function labelledSessions(
  table: Table,
  file: string,
  choice: RowChoice,
  others: readonly { readonly table: Table; readonly file: string }[] = [],
): LabelledSession[] {
  const keys = sessionsOf(table, { file });
  const column = choice.label;
  const labels = column === undefined ? [] : columnByName(table, file, column, keys, others);
  const diagnoses = columnByName(table, file, DIAGNOSIS, keys, others);
  const hasDomain = findColumn(table, DOMAIN) !== undefined;
  const domains = hasDomain ? columnOf(table, DOMAIN, { file }) : [];
  const wanted = new Set(choice.diagnoses);
  const rows = keys.flatMap((key, position) => {
    const diagnosis = diagnoses[position];
    if (diagnosis === undefined || !wanted.has(diagnosis.trim())) return [];
    const domain = domains[position]?.trim();
    const of = domain === undefined ? key : { ...key, domain };
    if (column === undefined) return [{ ...of, label: '' }];
    const label = labels[position]?.trim();
    if (label !== undefined && isLabel(label, choice)) return [{ ...of, label }];
    throw new CapsuleError('TSV_VALUE', {
      ...{ ...key, file, row: position + 2, column },
      expected: choice.isNumber === true ? 'a number' : 'a label',
      found: label === undefined || label === '' ? 'an empty cell' : `"${label}"`,
    });
  });
  if (rows.length > 0) return rows;
  throw new CapsuleError('SPLIT_EMPTY', {
    file,
    expected: `a row with diagnosis ${choice.diagnoses.join(' or ')}`,
    found: [...new Set(diagnoses.map((text) => text ?? 'none'))].slice(0, 8).join(', ') || 'no row',
  });
}

function isLabel(cell: string, { isNumber = false }: RowChoice): boolean {
  return !isMissing(cell) && (!isNumber || Number.isFinite(Number(cell)));
}

function columnByName(
  table: Table,
  file: string,
  name: string,
  keys: readonly SessionKey[],
  others: readonly { readonly table: Table; readonly file: string }[],
): (string | undefined)[] {
  const source = others.find((other) => findColumn(other.table, name) !== undefined);
  if (findColumn(table, name) !== undefined || source === undefined) {
    return columnOf(table, name, { file });
  }
  const cells = columnOf(source.table, name, source);
  const names = sessionsOf(source.table, source).map(sessionName);
  const bySession = new Map(names.map((session, position) => [session, cells[position]]));
  return keys.map((key) => bySession.get(sessionName(key)));
}
