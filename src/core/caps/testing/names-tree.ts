/** For tests: a tree of names; opening any file fails. */
import type { FileTree } from '../../files/file-tree.ts';

export function namesTree(...paths: string[]): FileTree {
  return {
    name: 'caps',
    async *paths(folder = '') {
      for (const path of paths) if (folder === '' || path.startsWith(`${folder}/`)) yield path;
    },
    file: () => Promise.reject(new Error('opened a file')),
  };
}
