/** `analysis`: writes one row of figures a diagnosis. */
import { analyse } from '../../core/labels/analysis.ts';
import type { Table } from '../../core/tsv/table.ts';
import type { Job } from '../events.ts';
import { problemEvents, readTableFile, writeTableFile, type TableFile } from './table-file.ts';

export interface AnalysisInput {
  readonly merged: TableFile;
  readonly data: TableFile;
  readonly results: TableFile;
  readonly diagnoses: readonly string[];
}

export async function* analysis(input: AnalysisInput): Job<Table> {
  const merged = await readTableFile(input.merged);
  const data = await readTableFile(input.data);
  const { table, problems } = analyse(merged, data, input.diagnoses);
  yield* problemEvents(problems);
  await writeTableFile(input.results, table);
  return table;
}
