/**
 * `adapt`: tables of ClinicaDL before 1.2, one file a label (`AD.tsv`, `AD_baseline.tsv`), as tables of
 * today, one file a set. The old tree holds such a folder of labels, and folders of the same kind for
 * each set of a split or a fold; `split.json` and `kfold.json` tell how the sets are called.
 */
import { CapsuleError, describe, type Problem } from '../errors.ts';
import { oddities } from '../tsv/inspect.ts';
import { pandasTable } from '../tsv/pandas-cells.ts';
import type { NamedTable } from '../tsv/read-table.ts';
import { compareText, sessionIdentity } from '../tsv/session-time.ts';
import { sessionsOf } from '../tsv/sessions.ts';
import type { Table } from '../tsv/table.ts';
import { someOf, someSessions } from './some-of.ts';

/** A table to make, and the old ones that it is made of. */
export interface Merge {
  readonly target: string;
  readonly files: readonly string[];
}

export interface OldTree {
  /** Of all its files. */
  readonly paths: readonly string[];
  /** `subset_name` of each `split.json`, by its folder ('' for the root). */
  readonly splits: ReadonlyMap<string, string>;
  /** Those of each `kfold.json`. */
  readonly folds: ReadonlyMap<string, { readonly subset: string; readonly count: number }>;
}

const BASELINE = '_baseline.tsv';
/** Files of a tree that is new already. */
const NEW = new Set(['labels.tsv', 'train.tsv', 'train_baseline.tsv']);

/**
 * @param labels - take these alone; all when left out
 * @throws ADAPT_TREE when there is nothing to convert, CONFIG_VALUE for a label without a table
 */
export function planAdaptation(tree: OldTree, labels?: readonly string[]): Merge[] {
  const inRoot = tablesIn(tree.paths, '');
  const isNew = inRoot.some((path) => NEW.has(path));
  if (inRoot.length === 0 || isNew) {
    throw new CapsuleError('ADAPT_TREE', {
      found: isNew ? 'labels.tsv or train.tsv, the new form' : 'no table of a label',
    });
  }
  refuseUnknown(labels, inRoot);
  const sets: (readonly [string, string])[] = [['', 'labels']];
  for (const [folder, subset] of tree.splits) {
    for (const set of [subset, 'train']) sets.push([join(folder, set), `split/${set}`]);
  }
  for (const [folder, { subset, count }] of tree.folds) {
    // Folds of the training set of a split belong into the folder of that split.
    const target = folder === '' ? `${count}_fold` : `split/${count}_fold`;
    for (let fold = 0; fold < count; fold += 1) {
      for (const set of [subset, 'train']) {
        const old = join(folder, `${set}_splits-${count}/split-${fold}`);
        sets.push([old, `${target}/split-${fold}/${set}`]);
      }
    }
  }
  return sets.flatMap(([folder, target]) => merges(tree.paths, folder, target, labels));
}

/**
 * @returns the rows of all tables, in the order of the tables, a column that one lacks empty there;
 *   a row that is twice the same once, and ADAPT_TWICE when a session comes back with other values
 */
export function concatenate(tables: readonly NamedTable[]): { table: Table; problems: Problem[] } {
  const columns = [...new Set(tables.flatMap(({ table }) => table.columns))];
  const rows = new Map<string, string[]>();
  const seen = new Map<string, string>();
  const twice: { participant: string; session: string }[] = [];
  for (const source of tables) {
    const places = columns.map((name) => source.table.columns.indexOf(name));
    sessionsOf(source.table, source).forEach((key, position) => {
      const row = places.map((place) => source.table.rows[position]?.[place] ?? '');
      const text = JSON.stringify(row);
      const identity = sessionIdentity(key);
      if (seen.has(identity) && seen.get(identity) !== text) twice.push(key);
      seen.set(identity, text);
      rows.set(text, row);
    });
  }
  const file = someOf(tables.map((source) => source.file)).replace(/^\d+: /, '');
  return {
    table: pandasTable({ columns, rows: [...rows.values()] }, ['diagnosis']),
    problems: [
      ...tables.flatMap(oddities),
      ...(twice.length === 0
        ? []
        : [describe('ADAPT_TWICE', { file, found: someSessions(twice) })]),
    ],
  };
}

function merges(
  paths: readonly string[],
  folder: string,
  target: string,
  labels: readonly string[] | undefined,
): Merge[] {
  const files = tablesIn(paths, folder).filter(
    (path) => labels === undefined || labels.includes(labelOf(path)),
  );
  const baseline = files.filter((path) => path.endsWith(BASELINE));
  const others = files.filter((path) => !path.endsWith(BASELINE));
  return [
    { target: `${target}${BASELINE}`, files: baseline },
    { target: `${target}.tsv`, files: others },
  ].filter((merge) => merge.files.length > 0);
}

/** Tables that stand in the folder itself, sorted by name. */
function tablesIn(paths: readonly string[], folder: string): string[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  return paths
    .filter((path) => path.startsWith(prefix) && path.endsWith('.tsv'))
    .filter((path) => !path.slice(prefix.length).includes('/'))
    .sort(compareText);
}

function refuseUnknown(labels: readonly string[] | undefined, files: readonly string[]): void {
  const known = [...new Set(files.map(labelOf))];
  const unknown = labels?.find((label) => !known.includes(label));
  if (unknown === undefined) return;
  throw new CapsuleError('CONFIG_VALUE', {
    ...{ expected: `"labels_list" to be among ${known.join(', ')}`, found: unknown },
  });
}

const labelOf = (path: string): string =>
  path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/_baseline\.tsv$/, '')
    .replace(/\.tsv$/, '');

const join = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);
