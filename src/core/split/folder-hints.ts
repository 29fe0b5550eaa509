/**
 * What a folder holds instead of the sets that were asked for: folds where a single split was
 * expected or the reverse, folds one folder further down, tables of the other sessions. Looked at
 * only when a table is missing, to say which option would have found it.
 */
import type { FileTree } from '../files/file-tree.ts';
import type { SplitChoice } from './read-split.ts';

export interface FolderHint {
  readonly found: string;
  readonly action?: string;
}

const MOST = 20_000;

type Asked = Pick<SplitChoice, 'splits' | 'baseline' | 'validLongitudinal'>;

/**
 * @param folder - of the sets, '' for the tree itself
 * @param file - that is missing, relative to the tree
 */
export async function hintFor(
  tree: FileTree,
  folder: string,
  file: string,
  asked: Asked,
): Promise<FolderHint> {
  const prefix = folder === '' ? '' : `${folder}/`;
  const paths = await namesBelow(tree, folder, prefix);
  if (paths.length === 0) return { found: 'an empty folder, or none' };
  const folds = foldsIn(paths);
  const isSingle = isSplit(paths);
  const asksForFolds = asked.splits > 1;
  if (folds > 1 && !asksForFolds) {
    return {
      found: `${folds} folds (split-0 to split-${folds - 1})`,
      action: `Give --n_splits ${folds} (and --split for some of them only).`,
    };
  }
  if (asksForFolds && folds > 0 && folds < asked.splits) {
    return { found: `${folds} folds`, action: `Give --n_splits ${folds}.` };
  }
  if (asksForFolds && folds === 0 && isSingle) {
    return {
      found: 'a single split',
      action: 'Leave --n_splits out, or make folds with `tsvtools kfold`.',
    };
  }
  const below = folds === 0 && !isSingle ? foldersOfSets(paths) : [];
  if (below.length > 0) {
    return {
      found: `none; but ${below.map(({ name, said }) => `"${name}" with ${said}`).join(', ')}`,
      action: `Give the folder ${below.map(({ name }) => `"${prefix}${name}"`).join(' or ')} as TSV_DIRECTORY.`,
    };
  }
  return otherSessions(file.slice(prefix.length), paths);
}

/** Relative to the folder; not all of them where it is something else than a folder of tables. */
async function namesBelow(tree: FileTree, folder: string, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const path of folder === '' ? tree.paths() : tree.paths(folder)) {
    if (path.startsWith(prefix)) names.push(path.slice(prefix.length));
    if (names.length === MOST) break;
  }
  return names;
}

/** Folds from 0 on, without a gap. */
function foldsIn(paths: readonly string[]): number {
  let count = 0;
  while (paths.some((path) => path.startsWith(`split-${count}/train`))) count += 1;
  return count;
}

function foldersOfSets(paths: readonly string[]): { name: string; said: string }[] {
  const names = [...new Set(paths.filter((path) => path.includes('/')).map(firstOf))].sort();
  return names.flatMap((name) => {
    const inside = paths
      .filter((path) => path.startsWith(`${name}/`))
      .map((path) => path.slice(name.length + 1));
    const folds = foldsIn(inside);
    if (folds > 1) return [{ name, said: `${folds} folds (--n_splits ${folds})` }];
    return isSplit(inside) ? [{ name, said: 'a single split' }] : [];
  });
}

/** Both sets; `train.tsv` alone stands beside test sets too. */
const isSplit = (paths: readonly string[]): boolean =>
  ['train', 'validation'].every((set) =>
    paths.some((path) => path === `${set}.tsv` || path === `${set}_baseline.tsv`),
  );

/** The same set on the first sessions, or on all of them. */
function otherSessions(file: string, paths: readonly string[]): FolderHint {
  const isBaseline = file.endsWith('_baseline.tsv');
  const other = isBaseline
    ? file.replace('_baseline.tsv', '.tsv')
    : file.replace('.tsv', '_baseline.tsv');
  if (!paths.includes(other)) return { found: 'none' };
  const isTrain = /(^|\/)train/.test(file);
  const option = isTrain
    ? { true: '--longitudinal', false: '--baseline' }
    : { true: '--valid_longitudinal', false: '--valid_baseline' };
  return { found: `"${other}" only`, action: `Give ${option[`${isBaseline}`]} to use it.` };
}

const firstOf = (path: string): string => path.slice(0, path.indexOf('/'));
