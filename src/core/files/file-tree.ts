/**
 * One view of a folder, whatever holds it: a File System Access handle, a list of dropped files,
 * the origin-private file system, a zip, or a disk. Paths are relative to the root, separated by
 * `/`, without a leading `/`, in Unicode as stored. Listing never opens a file.
 */

import type { Release } from './hold.ts';

/** What a file was when it was first opened: another size or date means other content. */
export interface Seen {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** What can be posted to another thread, so that it opens the same file. */
export type PortableFile =
  | { readonly kind: 'blob'; readonly blob: Blob }
  /** @property seen - where the file must not have changed since */
  | {
      readonly kind: 'handle';
      readonly handle: FileSystemFileHandle;
      readonly seen?: Seen | undefined;
    }
  /** Path on the disk. */
  | { readonly kind: 'disk'; readonly location: string };

/** A file that can be read; nothing is read before a method is called. */
export interface SourceFile {
  /** Path relative to the root of its tree. */
  readonly path: string;
  /** @returns size in bytes. */
  size(): Promise<number>;
  /** @returns the content from the first byte to the last. */
  stream(): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** @returns bytes `[start, end)`, the whole file by default. */
  bytes(start?: number, end?: number): Promise<Uint8Array<ArrayBuffer>>;
  /** When the content last changed, in milliseconds; absent where nobody keeps that. */
  readonly modified?: (() => Promise<number>) | undefined;
  /** Absent where the file cannot be had from another thread: memory, archives. */
  readonly portable?: PortableFile | undefined;
}

export interface FileTree {
  /** What the user called it: the folder's or the archive's name. */
  readonly name: string;
  /** Paths of all files below `folder` (the root by default), in no particular order. */
  paths(folder?: string): AsyncIterable<string>;
  /** @returns the file, or undefined when there is none at `path`. */
  file(path: string): Promise<SourceFile | undefined>;
}

/** Bytes in parts that are there already. */
export interface Chunks {
  /** Bytes of all chunks. */
  readonly size: number;
  readonly chunks: readonly Uint8Array<ArrayBuffer>[];
}

/** Bytes to write: whole, in parts, or as they come. */
export type Content =
  string | Uint8Array<ArrayBuffer> | Chunks | ReadableStream<Uint8Array<ArrayBuffer>>;

export interface WritableTree extends FileTree {
  /**
   * Writes a file whole or not at all: a reader sees the old content or the new one, never a part.
   * Folders are made as needed.
   */
  write(path: string, content: Content): Promise<void>;
  /** Removes a file or a folder with all it holds; nothing happens when it is not there. */
  remove(path: string): Promise<void>;
  /**
   * Keeps other processes and tabs from writing here until it is released; whoever has it may take it
   * again through this object. Absent where nobody else can write.
   * @throws MAPS_IN_USE while another one writes
   */
  readonly lock?: () => Promise<Release>;
  /** @returns bytes that can still be written, undefined where nobody tells; absent likewise. */
  readonly room?: () => Promise<number | undefined>;
}
