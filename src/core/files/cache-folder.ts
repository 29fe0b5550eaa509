/**
 * A folder of things that can be made again: files that may be gone at any time, with the time of
 * their last use, so that the oldest can make room. Several threads and programs may share one.
 */
import type { SourceFile } from './file-tree.ts';

export interface CacheEntry {
  readonly name: string;
  readonly bytes: number;
  /** When it was last used, in milliseconds; where uses are not kept, when it was written. */
  readonly used: number;
}

export interface CacheFolder {
  /** When this program opened it, on the clock of `used`. */
  readonly opened: number;
  /** Bytes that all entries together may take. */
  readonly budget: number;
  entries(): Promise<readonly CacheEntry[]>;
  /** @returns undefined when there is no such entry. */
  file(name: string): Promise<SourceFile | undefined>;
  /** Writes an entry whole or not at all. */
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Marks an entry as used now. */
  touch(name: string): Promise<void>;
  /** Nothing happens when it is not there. */
  remove(name: string): Promise<void>;
}

/** A cache folder that is named, so that another thread opens the same. */
export interface CacheSettings {
  /** Path on the disk, or in the origin-private file system. */
  readonly folder: string;
  readonly budget: number;
}
