/** `get-progression`: writes the column `progression` into a table of labels, in place. */
import type { Problem } from '../../core/errors.ts';
import { joinColumn } from '../../core/labels/join.ts';
import {
  addProgression,
  type Progression,
  type ProgressionChoice,
} from '../../core/labels/progression.ts';
import type { NamedTable } from '../../core/tsv/read-table.ts';
import type { Job } from '../events.ts';
import { problemEvents, readTableFile, writeTableFile, type TableFile } from './table-file.ts';

export interface GetProgressionInput {
  readonly data: TableFile;
  /** Where a diagnosis is looked for when the table has none, nearest first; they need not exist. */
  readonly labels: readonly TableFile[];
  readonly choice: ProgressionChoice;
}

export type GetProgressionResult = Readonly<Record<Progression, number>>;

export async function* getProgression(input: GetProgressionInput): Job<GetProgressionResult> {
  const read = await readTableFile(input.data);
  const { data, problems: ofJoin } = await withDiagnosis(read, input.labels);
  const { table, counts, problems } = addProgression(data, input.choice);
  yield* problemEvents([...ofJoin, ...problems]);
  await writeTableFile(input.data, table);
  return counts;
}

/** The first table that has the diagnosis; without one the data are as they are. */
async function withDiagnosis(
  data: NamedTable,
  labels: readonly TableFile[],
): Promise<{ data: NamedTable; problems: Problem[] }> {
  if (data.table.columns.includes('diagnosis')) return { data, problems: [] };
  for (const file of labels) {
    if ((await file.tree.file(file.path)) === undefined) continue;
    const other = await readTableFile(file);
    if (other.table.columns.includes('diagnosis')) return joinColumn(data, other, 'diagnosis');
  }
  return { data, problems: [] };
}
