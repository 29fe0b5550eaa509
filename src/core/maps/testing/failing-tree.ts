/** A tree that fails after so many operations, as a crash does: what is left is whole files. */
import type { Content, WritableTree } from '../../files/file-tree.ts';
import type { MemoryTree } from '../../files/memory-tree.ts';
import { listPaths } from '../../files/read.ts';

export class Crash extends Error {}

/** Writes whole files as the interface promises; removing a folder goes file by file. */
export class FailingTree implements WritableTree {
  readonly name = 'failing';
  operations = 0;

  constructor(
    readonly inner: MemoryTree,
    readonly limit: number,
  ) {}

  paths(folder?: string) {
    return this.inner.paths(folder);
  }

  file(path: string) {
    return this.inner.file(path);
  }

  async write(path: string, content: Content): Promise<void> {
    this.#step();
    await this.inner.write(path, content);
  }

  async remove(path: string): Promise<void> {
    for (const inside of await listPaths(this.inner, path)) {
      this.#step();
      await this.inner.remove(inside);
    }
    this.#step();
    await this.inner.remove(path);
  }

  #step(): void {
    if (this.operations === this.limit) throw new Crash();
    this.operations += 1;
  }
}
