/** Several trees as the folders of one, each under a name of its own. */
import { fileAt } from './file-at.ts';
import type { FileTree, SourceFile } from './file-tree.ts';
import { safePath } from './paths.ts';

/** @param parts - trees by the name of their folder, which has no `/` in it */
export function unionTree(name: string, parts: ReadonlyMap<string, FileTree>): FileTree {
  return {
    name,
    async *paths(folder = '') {
      const [first = '', below] = folder === '' ? [] : divided(folder);
      for (const [part, tree] of parts) {
        if (first !== '' && first !== part) continue;
        for await (const path of tree.paths(below)) yield `${part}/${path}`;
      }
    },
    async file(path): Promise<SourceFile | undefined> {
      const [first, below] = divided(path);
      const file = below === undefined ? undefined : await parts.get(first)?.file(below);
      return file === undefined ? undefined : fileAt(path, file);
    },
  };
}

function divided(path: string): [string, string | undefined] {
  const at = safePath(path).indexOf('/');
  return at < 0 ? [path, undefined] : [path.slice(0, at), path.slice(at + 1)];
}
