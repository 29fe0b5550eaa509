/** A tree in memory: for tests, and for tables and small folders on their way to another tree. */
import { CapsuleError } from '../errors.ts';
import { bytesStream, collectBytes, contentChunks } from './content.ts';
import type { Content, SourceFile, WritableTree } from './file-tree.ts';
import { folderPrefix, safePath, splitPath } from './paths.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export class MemoryTree implements WritableTree {
  readonly name: string;
  readonly #files = new Map<string, Bytes>();

  /** @param files - content by path. */
  constructor(name = 'memory', files: Readonly<Record<string, string | Bytes>> = {}) {
    this.name = name;
    for (const [path, content] of Object.entries(files)) {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      this.#files.set(safePath(path), bytes);
    }
  }

  async *paths(folder?: string): AsyncGenerator<string> {
    const prefix = folderPrefix(folder);
    for (const path of [...this.#files.keys()]) if (path.startsWith(prefix)) yield path;
  }

  async file(path: string): Promise<SourceFile | undefined> {
    const bytes = this.#files.get(safePath(path));
    return bytes === undefined ? undefined : memoryFile(path, bytes);
  }

  async write(path: string, content: Content): Promise<void> {
    const { folders } = splitPath(path);
    const blocked = folders
      .map((_, depth) => folders.slice(0, depth + 1).join('/'))
      .find((folder) => this.#files.has(folder));
    if (blocked !== undefined || [...this.#files.keys()].some((p) => p.startsWith(`${path}/`))) {
      throw new CapsuleError('FILE_UNWRITABLE', {
        file: path,
        found: blocked === undefined ? 'a folder of this name' : `the file ${blocked}`,
      });
    }
    // A copy: the caller may go on using its array.
    this.#files.set(path, (await collectBytes(contentChunks(content))).slice());
  }

  async remove(path: string): Promise<void> {
    const prefix = `${safePath(path)}/`;
    for (const other of [...this.#files.keys()]) {
      if (other === path || other.startsWith(prefix)) this.#files.delete(other);
    }
  }
}

/** @returns `bytes` as a file at `path`. */
export function memoryFile(path: string, bytes: Bytes): SourceFile {
  return {
    path,
    size: async () => bytes.length,
    stream: async () => bytesStream(bytes.slice()),
    bytes: async (start = 0, end = bytes.length) => bytes.slice(start, end),
  };
}
