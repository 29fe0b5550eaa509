/** `adapt`: writes the tables of an old tree (ClinicaDL before 1.2) as a tree of today. */
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree, WritableTree } from '../../core/files/file-tree.ts';
import { listPaths, readJson } from '../../core/files/read.ts';
import { concatenate, planAdaptation } from '../../core/labels/adapt.ts';
import { readNamedTable } from '../../core/tsv/read-table.ts';
import { compareText } from '../../core/tsv/session-time.ts';
import { writeTable } from '../../core/tsv/table.ts';
import type { Job } from '../events.ts';
import { problemEvents } from './table-file.ts';

export interface AdaptInput {
  readonly old: FileTree;
  readonly target: WritableTree;
  /** All labels when left out. */
  readonly labels?: readonly string[] | undefined;
}

/** Files that were written. */
export async function* adapt({ old, target, labels }: AdaptInput): Job<string[]> {
  if ((await listPaths(target)).length > 0) {
    throw new CapsuleError('FOLDER_NOT_EMPTY', { file: target.name });
  }
  const paths = await listPaths(old);
  const splits = new Map<string, string>();
  const folds = new Map<string, { subset: string; count: number }>();
  for (const path of [...paths].sort(compareText)) {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    if (path === 'split.json') {
      splits.set(folder, subsetOf(await readJson(old, path), path));
    }
    if (path === 'kfold.json' || path === 'train/kfold.json') {
      const json = await readJson(old, path);
      folds.set(folder, { subset: subsetOf(json, path), count: foldsOf(json, path) });
    }
  }
  const merges = planAdaptation({ paths, splits, folds }, labels);
  const made = new Map<string, string>();
  for (const { target: file, files } of merges) {
    const tables = await Promise.all(files.map((path) => readNamedTable(old, path)));
    const { table, problems } = concatenate(tables);
    yield* problemEvents(problems);
    made.set(file, writeTable(table));
  }
  // All tables have been read: nothing is written of a tree that cannot be converted.
  for (const [file, text] of made) await target.write(file, text);
  return [...made.keys()];
}

/** Folder names come from these files: only plain ones are taken. */
function subsetOf(json: unknown, file: string): string {
  const name = fieldOf(json, 'subset_name');
  if (typeof name === 'string' && /^[A-Za-z0-9_-]+$/.test(name)) return name;
  throw new CapsuleError('ADAPT_TREE', {
    ...{ file, expected: '"subset_name" with the name of a set', found: JSON.stringify(name) },
  });
}

function foldsOf(json: unknown, file: string): number {
  const count = fieldOf(json, 'n_splits');
  if (typeof count === 'number' && Number.isInteger(count) && count > 0 && count <= 1000) {
    return count;
  }
  throw new CapsuleError('ADAPT_TREE', {
    ...{ file, expected: '"n_splits" with the number of folds', found: JSON.stringify(count) },
  });
}

function fieldOf(json: unknown, key: string): unknown {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, key)) return undefined;
  return (json as Record<string, unknown>)[key];
}
