/**
 * A folder behind a `FileSystemDirectoryHandle` as a tree: one the user picked or dropped, or one of
 * the origin-private file system; in the page and in workers. `createWritable` writes beside the file
 * and swaps on close, so an existing file is replaced whole or not at all. A new file is empty until
 * its first content is complete (the handle cannot be had otherwise), and goes away if that fails.
 */
import { contentChunks } from '../../../core/files/content.ts';
import { blobFile } from '../../../core/files/blob-file.ts';
import type { Content, SourceFile, WritableTree } from '../../../core/files/file-tree.ts';
import { withRoom } from '../../../core/files/full-storage.ts';
import { Hold, type Release } from '../../../core/files/hold.ts';
import { isPassing } from '../../../core/files/passing-files.ts';
import { pathFault, safePath, splitPath } from '../../../core/files/paths.ts';
import { walkFolders, type Listing } from '../../../core/files/walk.ts';
import { handleError, isAbsent } from './handle-errors.ts';

/**
 * Every question crosses to the browser's own process: of 25,000 folders in Chromium 256 questions at
 * once take half the time that 16 take.
 */
const FOLDERS_AT_ONCE = 256;

export interface OwnFolder {
  readonly lock: () => Promise<Release>;
  readonly room: () => Promise<number | undefined>;
}

/** Folders whose handles are kept; each holds memory here and in the browser's own process. */
const MOST_KEPT = 2000;

/** Chromium's half-written files beside the real ones. */
const SWAP = '.crswap';

export class HandleTree implements WritableTree {
  readonly #root: FileSystemDirectoryHandle;
  readonly #name: string | undefined;
  readonly #folders = new Map<string, Promise<FileSystemDirectoryHandle>>();

  readonly lock?: () => Promise<Release>;
  readonly room?: () => Promise<number | undefined>;

  /**
   * @param name - what to call it; the folder's own name by default.
   * @param own - of Capsule's own storage: its lock, and the room that it has
   */
  constructor(root: FileSystemDirectoryHandle, name?: string, own?: OwnFolder) {
    this.#root = root;
    this.#name = name;
    if (own === undefined) return;
    const hold = new Hold(own.lock);
    this.lock = () => hold.take();
    this.room = own.room;
  }

  get name(): string {
    return this.#name ?? this.#root.name;
  }

  async *paths(folder = ''): AsyncGenerator<string> {
    try {
      const start = await this.#folder(folder === '' ? [] : safePath(folder).split('/'), false);
      if (start === undefined) return;
      const list = (handle: FileSystemDirectoryHandle, path: string) => this.#list(handle, path);
      yield* walkFolders(start, folder, list, FOLDERS_AT_ONCE);
    } catch (error) {
      throw handleError('FILE_UNREADABLE', folder || this.name, error);
    }
  }

  async file(path: string): Promise<SourceFile | undefined> {
    const { folders, name } = splitPath(path);
    try {
      const folder = await this.#folder(folders, false);
      const handle = await folder?.getFileHandle(name).catch(absentAsUndefined);
      return handle && blobFile(path, () => handle.getFile(), { kind: 'handle', handle });
    } catch (error) {
      throw handleError('FILE_UNREADABLE', path, error);
    }
  }

  async write(path: string, content: Content): Promise<void> {
    const { folders, name } = splitPath(path);
    try {
      const folder = await this.#folder(folders, true);
      if (folder === undefined) return;
      const existed = await folder.getFileHandle(name).catch(absentAsUndefined);
      const handle = existed ?? (await folder.getFileHandle(name, { create: true }));
      try {
        await fill(handle, content);
      } catch (error) {
        if (existed === undefined) await folder.removeEntry(name).catch(() => undefined);
        throw error;
      }
    } catch (error) {
      throw await withRoom(handleError('FILE_UNWRITABLE', path, error), content, this.room);
    }
  }

  async remove(path: string): Promise<void> {
    const { folders, name } = splitPath(path);
    try {
      const folder = await this.#folder(folders, false);
      await folder?.removeEntry(name, { recursive: true }).catch(absentAsUndefined);
    } catch (error) {
      throw handleError('FILE_UNWRITABLE', path, error);
    } finally {
      this.#folders.clear();
    }
  }

  /** Some are kept: to open a file of a tree that was listed is then one question, not four. */
  async #list(
    folder: FileSystemDirectoryHandle,
    path: string,
  ): Promise<Listing<FileSystemDirectoryHandle>> {
    const files: string[] = [];
    const folders: { name: string; folder: FileSystemDirectoryHandle }[] = [];
    for await (const [name, handle] of folder.entries()) {
      const child = path === '' ? name : `${path}/${name}`;
      if (name.endsWith(SWAP) || isPassing(name) || pathFault(child) !== undefined) continue;
      if (handle.kind === 'file') files.push(name);
      else {
        const inner = handle as FileSystemDirectoryHandle;
        if (this.#folders.size < MOST_KEPT) this.#folders.set(child, Promise.resolve(inner));
        folders.push({ name, folder: inner });
      }
    }
    return { files, folders };
  }

  /** Each step asks the browser's own process; where volumes share folders, these are kept. */
  async #folder(
    names: readonly string[],
    create: boolean,
  ): Promise<FileSystemDirectoryHandle | undefined> {
    if (names.length === 0) return this.#root;
    const path = names.join('/');
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    const parent = await this.#folder(names.slice(0, -1), create);
    const name = names.at(-1);
    if (parent === undefined || name === undefined) return parent;
    const found = parent.getDirectoryHandle(name, { create });
    if (this.#folders.size >= MOST_KEPT) this.#folders.clear();
    this.#folders.set(path, found);
    try {
      return await found;
    } catch (error) {
      this.#folders.delete(path);
      if (create || !isAbsent(error)) throw error;
      return undefined;
    }
  }
}

async function fill(handle: FileSystemFileHandle, content: Content): Promise<void> {
  const writable = await handle.createWritable();
  try {
    for await (const chunk of contentChunks(content)) await writable.write(chunk);
  } catch (error) {
    await writable.abort().catch(() => undefined);
    throw error;
  }
  await writable.close();
}

function absentAsUndefined(error: unknown): undefined {
  if (!isAbsent(error)) throw error;
}
