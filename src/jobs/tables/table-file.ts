/** A table at its place: where it is read and written, and what the user called it. */
import type { Problem } from '../../core/errors.ts';
import type { WritableTree } from '../../core/files/file-tree.ts';
import { readNamedTable, type NamedTable } from '../../core/tsv/read-table.ts';
import { writeTable, type Table } from '../../core/tsv/table.ts';
import type { ProblemEvent } from '../events.ts';

export interface TableFile {
  readonly tree: WritableTree;
  /** In the tree. */
  readonly path: string;
  /** In messages. */
  readonly name: string;
}

export const readTableFile = ({ tree, path, name }: TableFile): Promise<NamedTable> =>
  readNamedTable(tree, path, name);

export const writeTableFile = ({ tree, path }: TableFile, table: Table): Promise<void> =>
  tree.write(path, writeTable(table));

/** One event a problem; what two steps both found is told once. */
export function* problemEvents(problems: readonly Problem[]): Generator<ProblemEvent> {
  const told = new Set<string>();
  for (const problem of problems) {
    const text = JSON.stringify(problem);
    if (told.has(text)) continue;
    told.add(text);
    yield { kind: 'problem', problem };
  }
}
