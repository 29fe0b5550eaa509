/**
 * From the folder that someone dropped to the CAPS in it and the tables beside it. Listing a folder
 * is slow in a browser, so it is listed once and searched in memory.
 */
import { CapsuleError } from '../errors.ts';
import type { FileTree } from '../files/file-tree.ts';
import { folderPrefix } from '../files/paths.ts';
import { listPaths } from '../files/read.ts';
import { subTree } from '../files/sub-tree.ts';
import { parseTable } from '../tsv/table.ts';
import { PARTICIPANT_COLUMN, SESSION_COLUMN } from '../tsv/sessions.ts';
import { SUBJECTS } from './index.ts';

/** How many folders may stand above the CAPS or a table. */
const DEEPEST = 2;
/** Bytes of a table that are read to see its header. */
const HEADER_BYTES = 65_536;
/** Tables whose header is read at most. */
const MOST_TABLES = 200;

export interface TableFound {
  readonly path: string;
  readonly columns: readonly string[];
}

/** @returns the same tree with its list of files kept; files that come later are not listed. */
export async function listOnce(tree: FileTree): Promise<FileTree> {
  const all = await listPaths(tree);
  return {
    name: tree.name,
    async *paths(folder?: string) {
      const prefix = folderPrefix(folder);
      for (const path of all) if (path.startsWith(prefix)) yield path;
    },
    file: (path) => tree.file(path),
  };
}

/**
 * @returns the CAPS: the tree itself, or the folder one or two levels down that holds `subjects`;
 * undefined when there is none
 * @throws CAPS_NOT_CAPS when two folders of one level could be meant
 */
export async function findCapsRoot(tree: FileTree): Promise<FileTree | undefined> {
  const roots = new Set<string>();
  for await (const path of tree.paths()) {
    const folders = path.split('/').slice(0, -1);
    const depth = folders.indexOf(SUBJECTS);
    if (depth < 0 || depth > DEEPEST || folders[depth + 1]?.startsWith('sub-') !== true) continue;
    if (depth === 0) return tree;
    roots.add(folders.slice(0, depth).join('/'));
  }
  const depths = [...roots].map((root) => root.split('/').length);
  const nearest = [...roots].filter((root) => root.split('/').length === Math.min(...depths));
  if (nearest.length > 1) {
    throw new CapsuleError('CAPS_NOT_CAPS', {
      file: tree.name,
      expected: 'one CAPS',
      found: `${nearest.length}: ${nearest.sort().slice(0, 4).join(', ')}`,
      action: 'Choose one of them.',
    });
  }
  return nearest[0] === undefined ? undefined : subTree(tree, nearest[0]);
}

/**
 * @returns tables that can hold labels: TSV files outside `subjects`, at most two folders down,
 * with participant_id and session_id; the likeliest first (named after labels, then the outermost)
 */
export async function findTables(tree: FileTree): Promise<TableFound[]> {
  const candidates: string[] = [];
  for await (const path of tree.paths()) {
    const folders = path.split('/').slice(0, -1);
    const isNear = folders.length <= DEEPEST && !folders.includes(SUBJECTS);
    if (isNear && /\.tsv$/i.test(path)) candidates.push(path);
  }
  const found: TableFound[] = [];
  for (const path of candidates.sort(likeliestFirst).slice(0, MOST_TABLES)) {
    const columns = await headerOf(tree, path);
    if (columns.includes(PARTICIPANT_COLUMN) && columns.includes(SESSION_COLUMN)) {
      found.push({ path, columns });
    }
  }
  return found;
}

async function headerOf(tree: FileTree, path: string): Promise<readonly string[]> {
  const bytes = await (await tree.file(path))?.bytes(0, HEADER_BYTES);
  const header = new TextDecoder().decode(bytes).split(/\r\n|\r|\n/, 1)[0] ?? '';
  try {
    return parseTable(header, { file: path }).columns;
  } catch (thrown) {
    // Not a table that could be used; whoever names it explicitly is told why.
    if (thrown instanceof CapsuleError) return [];
    throw thrown;
  }
}

function likeliestFirst(a: string, b: string): number {
  return rank(a) - rank(b) || depthOf(a) - depthOf(b) || (a < b ? -1 : 1);
}

function rank(path: string): number {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (name === 'labels.tsv') return 0;
  return name.includes('label') ? 1 : name.includes('participants') ? 2 : 3;
}

const depthOf = (path: string): number => path.split('/').length;
