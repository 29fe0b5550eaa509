/**
 * A folder of the disk as a tree. A file is written beside its place under a temporary name, flushed,
 * and renamed: after a crash there is the old content or the new one, and at worst a temporary file
 * that no listing shows. Links are followed as ordinary folders, but never back into a folder that
 * encloses them.
 */
import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, realpath, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { contentChunks } from '../../core/files/content.ts';
import type { Content, SourceFile, WritableTree } from '../../core/files/file-tree.ts';
import { pathFault, safePath } from '../../core/files/paths.ts';
import { walkFolders, type Listing } from '../../core/files/walk.ts';
import { withRoom } from '../../core/files/full-storage.ts';
import { Hold, type Release } from '../../core/files/hold.ts';
import { isPassing, TEMPORARY } from '../../core/files/passing-files.ts';
import { diskFile } from './disk-file.ts';
import { diskError, isMissing, missingAs } from './disk-errors.ts';
import { DiskLock } from './disk-lock.ts';

export class DiskTree implements WritableTree {
  readonly name: string;
  readonly root: string;
  readonly #hold = new Hold(() => this.#takeLock());
  #lock: DiskLock | undefined;

  /** @param root - path of the folder on the disk; made when something is written. */
  constructor(root: string) {
    this.root = resolve(root);
    this.name = basename(this.root);
  }

  async *paths(folder = ''): AsyncGenerator<string> {
    const location = folder === '' ? this.root : this.#onDisk(folder);
    yield* walkFolders({ location }, folder, list);
  }

  async file(path: string): Promise<SourceFile | undefined> {
    const location = this.#onDisk(path);
    if (isPassing(location)) return undefined;
    const found = await stat(location).catch(missingAs(undefined, location));
    return found?.isFile() === true ? diskFile(path, location) : undefined;
  }

  async write(path: string, content: Content): Promise<void> {
    const target = this.#onDisk(path);
    await this.#lock?.confirm();
    const folder = dirname(target);
    const temporary = join(folder, `.${randomUUID()}${TEMPORARY}`);
    try {
      await mkdir(folder, { recursive: true });
      const handle = await open(temporary, 'wx');
      try {
        for await (const chunk of contentChunks(content)) await handle.writeFile(chunk);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw await withRoom(diskError('FILE_UNWRITABLE', path, error), content, this.room);
    }
    await syncFolder(folder);
  }

  async remove(path: string): Promise<void> {
    const location = this.#onDisk(path);
    await rm(location, { recursive: true, force: true }).catch((error: unknown) => {
      if (!isMissing(error)) throw diskError('FILE_UNWRITABLE', path, error);
    });
  }

  /** By a file in the folder, which is made for it and goes with it if nothing was written. */
  readonly lock = (): Promise<Release> => this.#hold.take();

  /** Of the disk that the folder is on, or will be. */
  readonly room = (): Promise<number | undefined> => freeRoom(this.root);

  async #takeLock(): Promise<Release> {
    const lock = await DiskLock.take(this.root);
    this.#lock = lock;
    return async () => {
      this.#lock = undefined;
      await lock.release();
    };
  }

  #onDisk(path: string): string {
    return join(this.root, ...safePath(path).split('/'));
  }
}

interface Place {
  readonly location: string;
  /** The folder around it, up to the one where the walk began. */
  readonly around?: Place;
}

async function list(place: Place, path: string): Promise<Listing<Place>> {
  const { location } = place;
  const entries = await readdir(location, { withFileTypes: true }).catch(missingAs([], location));
  const files: string[] = [];
  const folders: { name: string; folder: Place }[] = [];
  const links: string[] = [];
  for (const entry of entries as Dirent[]) {
    const { name } = entry;
    if (isPassing(name) || pathFault(path === '' ? name : `${path}/${name}`)) continue;
    if (entry.isFile()) files.push(name);
    else if (entry.isDirectory()) folders.push({ name, folder: within(place, name) });
    else if (entry.isSymbolicLink()) links.push(name);
  }
  for (const name of links) {
    const link = within(place, name);
    const kind = await kindOfLink(link);
    if (kind === 'file') files.push(name);
    if (kind === 'folder') folders.push({ name, folder: link });
  }
  return { files, folders };
}

const within = (around: Place, name: string): Place => ({
  location: join(around.location, name),
  around,
});

/** A link to a folder that encloses it leads nowhere new, nor does one to nothing. */
async function kindOfLink({ location, around }: Place): Promise<'file' | 'folder' | undefined> {
  const target = await realpath(location).catch(() => undefined);
  if (target === undefined) return undefined;
  const found = await stat(target);
  if (found.isFile()) return 'file';
  if (!found.isDirectory()) return undefined;
  for (let place = around; place !== undefined; place = place.around) {
    if ((await realpath(place.location)) === target) return undefined;
  }
  return 'folder';
}

async function freeRoom(folder: string): Promise<number | undefined> {
  const space = await statfs(folder).catch(() => undefined);
  if (space !== undefined) return space.bavail * space.bsize;
  return dirname(folder) === folder ? undefined : freeRoom(dirname(folder));
}

/** So that the rename itself survives a power cut; Windows cannot open folders. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
