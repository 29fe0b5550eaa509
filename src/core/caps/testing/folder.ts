/** For tests on Node: files of a folder of the disk as a tree, read when they are opened. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { FileTree } from '../../files/file-tree.ts';
import { memoryFile } from '../../files/memory-tree.ts';

/** The synthetic CAPS of the reference, part of the repository. */
export const SYNTHETIC = 'tests/fixtures/reference/synthetic';
/** Real brains and what ClinicaDL made of them: beside the repository on some machines only. */
export const SHARED = resolve('../shared');
export const hasShared = existsSync(join(SHARED, 'gold')) && existsSync(join(SHARED, 'data'));

export function folderTree(folder: string): FileTree {
  return {
    name: folder.slice(folder.lastIndexOf('/') + 1),
    async *paths(below = '') {
      const start = join(folder, below);
      if (!existsSync(start)) return;
      for (const entry of readdirSync(start, { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) yield relative(folder, join(entry.parentPath, entry.name));
      }
    },
    async file(path) {
      const place = join(folder, path);
      return existsSync(place) ? memoryFile(path, new Uint8Array(readFileSync(place))) : undefined;
    },
  };
}
