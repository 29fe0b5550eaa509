/** `get-metadata`: adds columns of the merged table to a table of labels, in place. */
import { addMetadata, type MetadataChoice } from '../../core/labels/metadata.ts';
import type { Job } from '../events.ts';
import { problemEvents, readTableFile, writeTableFile, type TableFile } from './table-file.ts';

export interface GetMetadataInput {
  readonly data: TableFile;
  readonly merged: TableFile;
  readonly choice: MetadataChoice;
}

export interface GetMetadataResult {
  readonly sessions: number;
  readonly columns: readonly string[];
}

export async function* getMetadata(input: GetMetadataInput): Job<GetMetadataResult> {
  const data = await readTableFile(input.data);
  const merged = await readTableFile(input.merged);
  const { table, problems } = addMetadata(data, merged, input.choice);
  yield* problemEvents(problems);
  await writeTableFile(input.data, table);
  return { sessions: table.rows.length, columns: table.columns };
}
