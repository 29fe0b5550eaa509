/** A tree whose storage is full after so many bytes, until someone makes room: for tests. */
import { CapsuleError } from '../../errors.ts';
import { collectBytes, contentChunks } from '../content.ts';
import type { Content, WritableTree } from '../file-tree.ts';
import { withRoom } from '../full-storage.ts';

export class FullTree implements WritableTree {
  readonly inner: WritableTree;
  /** Bytes that were asked to be written, those that found no room as well. */
  asked = 0;
  /** Bytes that can still be written; what is removed gives none back. */
  #left: number;
  /** Paths that found no room. */
  readonly refused: string[] = [];

  constructor(inner: WritableTree, left: number) {
    this.inner = inner;
    this.#left = left;
  }

  get name(): string {
    return this.inner.name;
  }

  readonly room = async (): Promise<number> => this.#left;

  /** @param left - bytes that can be written from now on */
  heal(left = Infinity): void {
    this.#left = left;
  }

  paths(folder?: string) {
    return this.inner.paths(folder);
  }

  file(path: string) {
    return this.inner.file(path);
  }

  async write(path: string, content: Content): Promise<void> {
    const bytes = await collectBytes(contentChunks(content));
    this.asked += bytes.length;
    if (bytes.length > this.#left) {
      // A part was written, and is gone.
      this.#left = 0;
      this.refused.push(path);
      const full = new CapsuleError('STORAGE_FULL', { file: path, found: 'ENOSPC' });
      throw await withRoom(full, content, this.room);
    }
    this.#left -= bytes.length;
    await this.inner.write(path, bytes);
  }

  remove(path: string): Promise<void> {
    return this.inner.remove(path);
  }
}
