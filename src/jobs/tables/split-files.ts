/**
 * Where the tables of `split`, `kfold` and `prepare-experiment` are read and written: new folders
 * beside the table they come from, under the first name that is free (`split`, `split_2`, ...), and
 * the labels tables of the folders above for columns that it lacks.
 */
import type { FileTree, WritableTree } from '../../core/files/file-tree.ts';
import { hasNeeded } from '../../core/split/labels-above.ts';
import type { SetsPlan } from '../../core/split/set-tables.ts';
import { readNamedTable, type NamedTable } from '../../core/tsv/read-table.ts';
import { writeTable } from '../../core/tsv/table.ts';
import type { Job } from '../events.ts';

/** Folders above that are searched for labels, as in 1.6.1. */
export const LEVELS_ABOVE = 5;

/** A table and the folders around it. */
export interface TablePlace {
  /** Folder of the table; new folders are made in it. */
  readonly folder: WritableTree;
  /** Name of the table in it. */
  readonly file: string;
  /** What messages call the table; its name by default. */
  readonly name?: string;
  /** The folders above, nearest first. */
  readonly above?: readonly FileTree[];
}

export const readSource = ({ folder, file, name }: TablePlace): Promise<NamedTable> =>
  readNamedTable(folder, file, name);

/** @returns the labels tables that may have what the table lacks, nearest first; none are read if it lacks nothing. */
export async function labelsFor(
  place: TablePlace,
  source: NamedTable,
  needed: readonly string[],
): Promise<NamedTable[]> {
  if (needed.every((name) => hasNeeded(source, name))) return [];
  const trees = [place.folder, ...(place.above ?? []).slice(0, LEVELS_ABOVE)];
  const found: NamedTable[] = [];
  for (const [level, tree] of trees.entries()) {
    const isItself = level === 0 && place.file === LABELS;
    if (isItself || (await tree.file(LABELS)) === undefined) continue;
    found.push(await readNamedTable(tree, LABELS, `${'../'.repeat(level)}${LABELS}`));
  }
  return found;
}

const LABELS = 'labels.tsv';
/** Files between two events: tables are small. */
const TOLD_EVERY = 10;

/** @returns the name, or the first of `name_2`, `name_3`, ... that nothing has. */
export async function freeName(tree: FileTree, name: string): Promise<string> {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}_${number}`;
    if (!(await isTaken(tree, candidate))) return candidate;
  }
}

async function isTaken(tree: FileTree, name: string): Promise<boolean> {
  if ((await tree.file(name)) !== undefined) return true;
  for await (const _path of tree.paths(name)) return true;
  return false;
}

/**
 * Writes plans, each with its record last; nothing stays when it fails or is cancelled.
 * @param plans - the folder of the first encloses those of the others
 */
export async function* writePlans(
  tree: WritableTree,
  plans: readonly (readonly [folder: string, plan: SetsPlan])[],
): Job<void> {
  let isWhole = false;
  const [first] = plans;
  try {
    const files = plans.flatMap(([folder, { tables, record }]) => [
      ...[...tables].map(([path, table]) => [`${folder}/${path}`, writeTable(table)] as const),
      [`${folder}/${record.name}`, record.text] as const,
    ]);
    for (const [index, [path, text]] of files.entries()) {
      await tree.write(path, text);
      if ((index + 1) % TOLD_EVERY === 0) yield progress(index + 1, files.length);
    }
    isWhole = true;
  } finally {
    if (!isWhole && first !== undefined) await tree.remove(first[0]);
  }
}

/** Tells what a plan holds. */
export function* toldPlan({ problems, notes }: SetsPlan) {
  for (const problem of problems) yield { kind: 'problem', problem } as const;
  for (const message of notes) yield { kind: 'log', message } as const;
}

const progress = (done: number, total: number) =>
  ({ kind: 'progress', phase: 'Writing tables', steps: [], done, total, unit: 'files' }) as const;
