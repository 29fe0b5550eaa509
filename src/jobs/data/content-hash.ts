/**
 * SHA-256 of a file's content, taken once a session: remembered by path, size and time of the last
 * change. A file that tells no time (an archive's, a memory's) is hashed each time.
 */
import type { SourceFile } from '../../core/files/file-tree.ts';
import { sha256 } from '../../core/files/sha256.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A larger file is not hashed: it would have to be held whole. */
const LARGEST = 2 ** 29;

export interface HashedFile {
  readonly hash: Bytes;
  /** The content that was hashed; absent when the hash was known. */
  readonly bytes?: Bytes;
}

export class ContentHashes {
  readonly #known = new Map<string, { readonly size: number; time: number; hash: Bytes }>();

  /** @returns undefined for a file that is too large */
  async of(file: SourceFile): Promise<HashedFile | undefined> {
    // Asked before reading: a change in between is seen the next time.
    const [size, time] = await Promise.all([file.size(), file.modified?.()]);
    if (size > LARGEST) return undefined;
    const known = this.#known.get(file.path);
    if (known !== undefined && known.size === size && known.time === time) {
      return { hash: known.hash };
    }
    const bytes = await file.bytes();
    const hash = await sha256(bytes);
    if (time !== undefined) this.#known.set(file.path, { size, time, hash });
    return { hash, bytes };
  }

  /** As `of`, always with the content. */
  async withContent(file: SourceFile): Promise<Required<HashedFile>> {
    const bytes = await file.bytes();
    return { hash: await sha256(bytes), bytes };
  }
}
