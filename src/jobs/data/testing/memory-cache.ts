/** A cache folder in memory, with its faults: for tests. */
import { CapsuleError } from '../../../core/errors.ts';
import type { CacheEntry, CacheFolder } from '../../../core/files/cache-folder.ts';
import { memoryFile } from '../../../core/files/memory-tree.ts';

export class MemoryCache implements CacheFolder {
  readonly opened = 1000;
  readonly files = new Map<string, { bytes: Uint8Array<ArrayBuffer>; used: number }>();
  /** What was done to it, such as `write ab12`: names are cut to four letters. */
  readonly log: string[] = [];
  /** Bytes after which writing fails as a full disk does. */
  capacity = Infinity;
  readonly budget: number;
  #time = this.opened;

  constructor(budget = 1e9) {
    this.budget = budget;
  }

  get bytes(): number {
    return [...this.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  entries(): Promise<readonly CacheEntry[]> {
    const all = [...this.files].map(([name, { bytes, used }]) => {
      return { name, bytes: bytes.length, used };
    });
    return Promise.resolve(all);
  }

  file(name: string) {
    const found = this.files.get(name);
    return Promise.resolve(found && memoryFile(name, found.bytes));
  }

  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.log.push(`write ${name.slice(0, 4)}`);
    if (this.bytes + bytes.length > this.capacity) {
      return Promise.reject(new CapsuleError('STORAGE_FULL', { file: name }));
    }
    this.files.set(name, { bytes: bytes.slice(), used: ++this.#time });
    return Promise.resolve();
  }

  touch(name: string): Promise<void> {
    this.log.push(`touch ${name.slice(0, 4)}`);
    const found = this.files.get(name);
    if (found !== undefined) found.used = ++this.#time;
    return Promise.resolve();
  }

  remove(name: string): Promise<void> {
    this.log.push(`remove ${name.slice(0, 4)}`);
    this.files.delete(name);
    return Promise.resolve();
  }
}
