/**
 * Where a training can go on after a crash: two slots, written in turn, each some files and a
 * manifest that comes last and holds their lengths and digests. The newest slot whose files are those
 * of its manifest counts; it is never the one that is written over. So whatever moment the power
 * fails, one whole checkpoint is there.
 */
import { blockDigest } from '../files/block-digest.ts';
import { streamChunks } from '../files/content.ts';
import type { SourceFile, WritableTree } from '../files/file-tree.ts';
import { needFile, readJson } from '../files/read.ts';
import type { Chunked } from '../torch/zip-writer.ts';

const SLOTS = ['slot-a', 'slot-b'] as const;
const MANIFEST = 'manifest.json';
const FORMAT = 1;

type Slot = (typeof SLOTS)[number];

interface Manifest {
  readonly format: typeof FORMAT;
  /** One more than that of the slot before. */
  readonly sequence: number;
  /** Small, plain data that belongs to the files. */
  readonly state: unknown;
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly digest: string }>>;
}

export interface SavedSlot {
  readonly state: unknown;
  /** @throws FILE_NOT_FOUND for a name that was not saved */
  file(name: string): Promise<SourceFile>;
}

export class CheckpointSlots {
  readonly #tree: WritableTree;
  readonly #folder: string;
  /** The newest whole slot; undefined before anyone has looked. */
  #newest: { readonly slot: Slot | undefined; readonly sequence: number } | undefined;

  /** @param folder - that holds the two slots and nothing else of theirs */
  constructor(tree: WritableTree, folder: string) {
    this.#tree = tree;
    this.#folder = folder;
  }

  /** @returns the newest whole slot, each of its bytes read once; undefined when there is none. */
  async newest(): Promise<SavedSlot | undefined> {
    const inOrder = await this.#inOrder();
    for (const { slot, manifest } of inOrder) {
      if (!(await this.#isWhole(slot, manifest))) continue;
      this.#newest = { slot, sequence: manifest.sequence };
      const { state } = manifest;
      return { state, file: (name) => needFile(this.#tree, this.#path(slot, name)) };
    }
    this.#newest = { slot: undefined, sequence: inOrder[0]?.manifest.sequence ?? 0 };
    return undefined;
  }

  /**
   * The state alone, for showing it: files are looked at by their lengths, and not read. What goes on
   * from it reads `newest`.
   */
  async state(): Promise<unknown> {
    for (const { slot, manifest } of await this.#inOrder()) {
      if (await this.#hasLengths(slot, manifest)) return manifest.state;
    }
    return undefined;
  }

  /**
   * @param files - content by name; read twice, for the digest and for the file
   * @throws what the tree throws, STORAGE_FULL for one: the newest slot is then what it was
   */
  async save(state: unknown, files: Readonly<Record<string, Chunked>>): Promise<void> {
    if (this.#newest === undefined) await this.newest();
    const { slot: newest, sequence: last = 0 } = this.#newest ?? {};
    const slot = SLOTS.find((candidate) => candidate !== newest) ?? SLOTS[0];
    const sequence = last + 1;
    await this.#clear(slot);
    try {
      const entries: [string, { bytes: number; digest: string }][] = [];
      for (const [name, content] of Object.entries(files)) {
        await this.#tree.write(this.#path(slot, name), content);
        entries.push([name, { bytes: content.size, digest: await blockDigest(content.chunks) }]);
      }
      const manifest: Manifest = {
        ...{ format: FORMAT, sequence, state },
        files: Object.fromEntries(entries),
      };
      await this.#tree.write(this.#path(slot, MANIFEST), JSON.stringify(manifest));
    } catch (error) {
      // Half a checkpoint only takes room.
      await this.#clear(slot).catch(() => undefined);
      throw error;
    }
    this.#newest = { slot, sequence };
  }

  /** Without its manifest the old content of a slot is no checkpoint any more; its room is needed. */
  async #clear(slot: Slot): Promise<void> {
    await this.#tree.remove(this.#path(slot, MANIFEST));
    await this.#tree.remove(`${this.#folder}/${slot}`);
  }

  /** Forgets both. */
  async clear(): Promise<void> {
    for (const slot of SLOTS) await this.#tree.remove(`${this.#folder}/${slot}`);
    this.#newest = { slot: undefined, sequence: 0 };
  }

  async #manifest(slot: Slot): Promise<Manifest | undefined> {
    if ((await this.#tree.file(this.#path(slot, MANIFEST))) === undefined) return undefined;
    // One that is torn belongs to a slot that is torn.
    const value = await readJson(this.#tree, this.#path(slot, MANIFEST)).catch(() => undefined);
    return isManifest(value) ? value : undefined;
  }

  /** Slots with a manifest, the newest first. */
  async #inOrder(): Promise<{ slot: Slot; manifest: Manifest }[]> {
    const found = await Promise.all(
      SLOTS.map(async (slot) => ({ slot, manifest: await this.#manifest(slot) })),
    );
    return found
      .flatMap(({ slot, manifest }) => (manifest === undefined ? [] : [{ slot, manifest }]))
      .sort((a, b) => b.manifest.sequence - a.manifest.sequence);
  }

  async #hasLengths(slot: Slot, { files }: Manifest): Promise<boolean> {
    for (const [name, { bytes }] of Object.entries(files)) {
      const file = await this.#tree.file(this.#path(slot, name));
      if (file === undefined || (await file.size()) !== bytes) return false;
    }
    return true;
  }

  async #isWhole(slot: Slot, manifest: Manifest): Promise<boolean> {
    if (!(await this.#hasLengths(slot, manifest))) return false;
    for (const [name, { digest }] of Object.entries(manifest.files)) {
      const file = await needFile(this.#tree, this.#path(slot, name));
      if ((await blockDigest(streamChunks(await file.stream()))) !== digest) return false;
    }
    return true;
  }

  #path(slot: Slot, name: string): string {
    return `${this.#folder}/${slot}/${name}`;
  }
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null) return false;
  const { format, sequence, files } = value as Partial<Record<keyof Manifest, unknown>>;
  if (format !== FORMAT || !Number.isSafeInteger(sequence)) return false;
  if (typeof files !== 'object' || files === null) return false;
  return Object.values(files).every(
    (entry: unknown) =>
      typeof (entry as { bytes?: unknown } | null)?.bytes === 'number' &&
      typeof (entry as { digest?: unknown }).digest === 'string',
  );
}
