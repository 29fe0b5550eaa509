/** A folder of a tree seen as a tree of its own, and the search for the folder that is meant. */
import { fileAt } from './file-at.ts';
import type { Content, FileTree, SourceFile, WritableTree } from './file-tree.ts';
import { folderPrefix, safePath } from './paths.ts';

class SubTree implements FileTree {
  readonly name: string;
  readonly prefix: string;

  constructor(
    readonly tree: FileTree,
    folder: string,
  ) {
    this.prefix = folderPrefix(folder);
    this.name = folder.slice(folder.lastIndexOf('/') + 1);
  }

  async *paths(folder?: string): AsyncGenerator<string> {
    const inside = this.prefix + folderPrefix(folder);
    for await (const path of this.tree.paths(inside.slice(0, -1))) {
      yield path.slice(this.prefix.length);
    }
  }

  async file(path: string): Promise<SourceFile | undefined> {
    const file = await this.tree.file(this.prefix + safePath(path));
    return file === undefined ? undefined : fileAt(path, file);
  }
}

class WritableSubTree extends SubTree implements WritableTree {
  constructor(
    readonly target: WritableTree,
    folder: string,
  ) {
    super(target, folder);
  }

  async write(path: string, content: Content): Promise<void> {
    await this.target.write(this.prefix + safePath(path), content);
  }

  async remove(path: string): Promise<void> {
    await this.target.remove(this.prefix + safePath(path));
  }
}

/** @returns `folder` of `tree` as a tree; it need not exist. The root (`''`) gives `tree` itself. */
export function subTree(tree: FileTree, folder: string): FileTree {
  return folder === '' ? tree : new SubTree(tree, folder);
}

/** As `subTree`, for writing. */
export function writableSubTree(tree: WritableTree, folder: string): WritableTree {
  return folder === '' ? tree : new WritableSubTree(tree, folder);
}

/**
 * Finds the folder that holds the file `marker`, such as `maps.json`: people zip or drop the folder
 * above the one they mean.
 * @returns the outermost such folder as a tree; undefined when there is none or two at one depth.
 */
export async function rootOf(tree: FileTree, marker: string): Promise<FileTree | undefined> {
  if ((await tree.file(marker)) !== undefined) return tree;
  let found: string[] = [];
  for await (const path of tree.paths()) {
    if (!path.endsWith(`/${marker}`)) continue;
    const folder = path.slice(0, -marker.length - 1);
    const difference = depth(folder) - (found[0] === undefined ? Infinity : depth(found[0]));
    if (difference < 0) found = [folder];
    else if (difference === 0) found.push(folder);
  }
  const [folder] = found;
  return found.length === 1 && folder !== undefined ? subTree(tree, folder) : undefined;
}

const depth = (folder: string): number => folder.split('/').length;
