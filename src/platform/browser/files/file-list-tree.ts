/** Files chosen with `<input webkitdirectory>` or dropped, as a tree that can be read. */
import { blobFile, openingFault } from '../../../core/files/blob-file.ts';
import type { FileTree, SourceFile } from '../../../core/files/file-tree.ts';
import { folderPrefix, pathFault, safePath } from '../../../core/files/paths.ts';
import { isPassing } from '../../../core/files/passing-files.ts';
import type { TreeSource } from '../../../core/files/tree-source.ts';

export interface ListedFile {
  /** Path from the root of the tree. */
  readonly path: string;
  /** Itself, or a way to get it when it is wanted. */
  readonly file: File | (() => Promise<File>);
}

export class FileListTree implements FileTree {
  readonly name: string;
  readonly #files: ReadonlyMap<string, ListedFile['file']>;

  constructor(name: string, files: Iterable<ListedFile>) {
    this.name = name;
    const safe = [...files].filter(({ path }) => pathFault(path) === undefined && !isPassing(path));
    this.#files = new Map(safe.map(({ path, file }) => [path, file]));
  }

  async *paths(folder?: string): AsyncGenerator<string> {
    const prefix = folderPrefix(folder);
    for (const path of this.#files.keys()) if (path.startsWith(prefix)) yield path;
  }

  async file(path: string): Promise<SourceFile | undefined> {
    const found = this.#files.get(safePath(path));
    try {
      const file = typeof found === 'function' ? await found() : found;
      return file && blobFile(path, () => file, { kind: 'blob', blob: file });
    } catch (error) {
      throw openingFault(path, error);
    }
  }
}

/**
 * What an `<input type="file">` holds: a folder, whose name all paths begin with, or a zip.
 * @returns undefined when nothing was chosen.
 */
export function inputSource(files: Iterable<File>): TreeSource | undefined {
  const all = [...files];
  const [first] = all;
  if (first === undefined) return undefined;
  if (first.webkitRelativePath === '') {
    if (all.length === 1 && isZipName(first.name)) return zipSource(first);
    return { kind: 'files', name: 'files', files: all.map((file) => ({ path: file.name, file })) };
  }
  const name = first.webkitRelativePath.slice(0, first.webkitRelativePath.indexOf('/'));
  const listed = all.map((file) => ({
    path: file.webkitRelativePath.slice(name.length + 1),
    file,
  }));
  return { kind: 'files', name, files: listed };
}

export const isZipName = (name: string): boolean => /\.zip$/i.test(name);

export const zipSource = (file: File): TreeSource => ({ kind: 'zip', name: file.name, blob: file });
