/**
 * Finished elements of the volumes that memory does not hold, kept in a folder between epochs and,
 * on a disk, between runs. A cache and nothing more: an entry that is damaged or of another kind is
 * removed and made again; a folder that takes no more is written to no more; nothing that happens
 * here stops a training.
 *
 * Room is made by the least recently used entries of earlier sessions. Those of this session stay:
 * an epoch visits all its volumes before it comes back to one, so a cohort larger than the folder
 * would otherwise push out each entry just before it is needed, and write all of them again in each
 * epoch.
 */
import type { CacheEntry, CacheFolder } from '../../core/files/cache-folder.ts';
import { CapsuleError, describe, type Problem } from '../../core/errors.ts';
import { readPart, readTable, tableBytes, type EntryKind, type EntryTable } from './cache-entry.ts';
import { hex } from '../../core/files/sha256.ts';
import { constantElement, type CutElement } from './recipe.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const SUFFIX = '.volume';
/** What a cache may remove: its own files only, whatever else stands in the folder. */
const OWN = /^[0-9a-f]{64}\.volume$/;
/** Writes after which the folder is listed again: other threads write to it too. */
const LIST_EVERY = 8;
/** Entries on their way to the folder, each as large as a volume. */
const MOST_WRITES = 2;

export class VolumeCache {
  readonly #folder: CacheFolder;
  /** Tables of entries that were read and found whole. */
  readonly #tables = new Map<string, EntryTable>();
  /** Entries of this session: written by it, or marked as used. */
  readonly #touched = new Set<string>();
  /** Entries on their way to the folder. */
  readonly #writing = new Set<string>();
  #lastWrite: Promise<void> = Promise.resolve();
  #bytes = 0;
  #sinceListing = LIST_EVERY;
  #full = false;
  #problem: Problem | undefined;

  constructor(folder: CacheFolder) {
    this.#folder = folder;
  }

  /** Whether `write` would take an entry: there is room, as far as is known, and it is not on its way. */
  wants(kind: EntryKind): boolean {
    return !this.#full && !this.#writing.has(nameOf(kind));
  }

  /** @returns once why the folder takes no more, when something failed. */
  takeProblem(): Problem | undefined {
    const problem = this.#problem;
    this.#problem = undefined;
    return problem;
  }

  /**
   * @param file - of the volume, for the problem of a constant element
   * @returns an element as it was written, undefined when it is not there, whole and of this kind
   */
  async read(
    kind: EntryKind,
    part: number,
    where: { participant: string; session: string; file: string },
  ): Promise<CutElement | undefined> {
    const name = nameOf(kind);
    try {
      const file = await this.#folder.file(name);
      if (file === undefined) return this.#forget(name);
      const table = this.#tables.get(name) ?? (await this.#readTable(name, kind));
      const place = table?.parts[part];
      if (table === undefined || place === undefined) return await this.#discard(name);
      await this.#touch(name);
      if (place.constant !== undefined) {
        return constantElement(place.constant, place.length, where);
      }
      const data = readPart(await file.bytes(place.start, place.end), place, table);
      return data === undefined ? await this.#discard(name) : { data };
    } catch {
      // Emptied meanwhile, or a disk that fails: the volume itself is still there.
      return this.#forget(name);
    }
  }

  /** Takes an entry for writing; waits while too many others are on their way. */
  async write(kind: EntryKind, bytes: Bytes): Promise<void> {
    if (!this.wants(kind)) return;
    const name = nameOf(kind);
    this.#writing.add(name);
    const before = this.#lastWrite;
    this.#lastWrite = before.then(() => this.#write(name, bytes));
    if (this.#writing.size > MOST_WRITES) await before;
  }

  /** Waits for what is being written. */
  settle(): Promise<void> {
    return this.#lastWrite;
  }

  async #readTable(name: string, kind: EntryKind): Promise<EntryTable | undefined> {
    const file = await this.#folder.file(name);
    if (file === undefined) return undefined;
    const table = readTable(await file.bytes(0, tableBytes(kind.parts)), kind);
    if (table === undefined || table.bytes !== (await file.size())) return undefined;
    this.#tables.set(name, table);
    return table;
  }

  async #touch(name: string): Promise<void> {
    if (this.#touched.has(name)) return;
    this.#touched.add(name);
    // A folder that cannot be written to can still be read from.
    await this.#folder.touch(name).catch(() => undefined);
  }

  #forget(name: string): undefined {
    this.#tables.delete(name);
    this.#touched.delete(name);
  }

  async #discard(name: string): Promise<undefined> {
    this.#forget(name);
    await this.#folder.remove(name).catch(() => undefined);
  }

  /** Never rejects. */
  async #write(name: string, bytes: Bytes): Promise<void> {
    try {
      this.#full ||= !(await this.#makeRoom(bytes.length));
      if (this.#full) return;
      await this.#folder.write(name, bytes);
      this.#touched.add(name);
      this.#bytes += bytes.length;
    } catch (thrown) {
      this.#full = true;
      const found = thrown instanceof CapsuleError ? thrown.code : String(thrown);
      this.#problem = describe('CACHE_CLOSED', { found });
    } finally {
      this.#writing.delete(name);
    }
  }

  /** @returns whether so many bytes fit, after removing what may go. */
  async #makeRoom(bytes: number): Promise<boolean> {
    const { budget, opened } = this.#folder;
    if (bytes > budget) return false;
    const fits = () => this.#bytes + bytes <= budget;
    if (++this.#sinceListing <= LIST_EVERY && fits()) return true;
    const entries = (await this.#folder.entries()).filter(({ name }) => OWN.test(name));
    this.#sinceListing = 0;
    this.#bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    const isOld = ({ name, used }: CacheEntry) => used < opened && !this.#touched.has(name);
    for (const entry of entries.filter(isOld).sort((a, b) => a.used - b.used)) {
      if (fits()) break;
      await this.#folder.remove(entry.name);
      this.#bytes -= entry.bytes;
    }
    return fits();
  }
}

/** Removes every entry of a folder; files that are not a cache's stay. */
export async function emptyCache(folder: CacheFolder): Promise<void> {
  for (const { name } of await folder.entries()) {
    if (OWN.test(name)) await folder.remove(name);
  }
}

const nameOf = ({ key }: EntryKind): string => `${hex(key)}${SUFFIX}`;
