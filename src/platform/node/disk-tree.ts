/**
 * A folder of the disk as a tree. A file is written beside its place under a temporary name, flushed,
 * and renamed: after a crash there is the old content or the new one, and at worst a temporary file
 * that no listing shows. Links are followed as ordinary folders, but never back into a folder that
 * encloses them.
 */
import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { contentChunks } from '../../core/files/content.ts';
import type { Content, SourceFile, WritableTree } from '../../core/files/file-tree.ts';
import { pathFault, safePath } from '../../core/files/paths.ts';
import { diskFile } from './disk-file.ts';
import { diskError, isMissing, missingAs } from './disk-errors.ts';

const TEMPORARY = '.capsule-part';

export class DiskTree implements WritableTree {
  readonly name: string;
  readonly root: string;

  /** @param root - path of the folder on the disk; made when something is written. */
  constructor(root: string) {
    this.root = resolve(root);
    this.name = basename(this.root);
  }

  async *paths(folder = ''): AsyncGenerator<string> {
    const start = folder === '' ? this.root : this.#onDisk(folder);
    const real = await realpath(start).catch(missingAs(undefined, start));
    if (real !== undefined) yield* walk(start, folder, [real]);
  }

  async file(path: string): Promise<SourceFile | undefined> {
    const location = this.#onDisk(path);
    if (location.endsWith(TEMPORARY)) return undefined;
    const found = await stat(location).catch(missingAs(undefined, location));
    return found?.isFile() === true ? diskFile(path, location) : undefined;
  }

  async write(path: string, content: Content): Promise<void> {
    const target = this.#onDisk(path);
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
      throw diskError('FILE_UNWRITABLE', path, error);
    }
    await syncFolder(folder);
  }

  async remove(path: string): Promise<void> {
    const location = this.#onDisk(path);
    await rm(location, { recursive: true, force: true }).catch((error: unknown) => {
      if (!isMissing(error)) throw diskError('FILE_UNWRITABLE', path, error);
    });
  }

  #onDisk(path: string): string {
    return join(this.root, ...safePath(path).split('/'));
  }
}

/** @param enclosing - real paths of the folders around, `location` included. */
async function* walk(
  location: string,
  prefix: string,
  enclosing: readonly string[],
): AsyncGenerator<string> {
  const entries = await readdir(location, { withFileTypes: true }).catch(missingAs([], location));
  for (const entry of entries as Dirent[]) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.name.endsWith(TEMPORARY) || pathFault(path) !== undefined) continue;
    const child = join(location, entry.name);
    if (entry.isFile()) yield path;
    else if (entry.isDirectory()) yield* walk(child, path, [...enclosing, child]);
    else if (entry.isSymbolicLink()) yield* followLink(child, path, enclosing);
  }
}

async function* followLink(
  link: string,
  path: string,
  enclosing: readonly string[],
): AsyncGenerator<string> {
  const target = await realpath(link).catch(() => undefined);
  if (target === undefined) return;
  const found = await stat(target);
  if (found.isFile()) yield path;
  const around = await Promise.all(enclosing.map((folder) => realpath(folder)));
  if (found.isDirectory() && !around.includes(target)) yield* walk(link, path, [...around, target]);
}

/** So that the rename itself survives a power cut; Windows cannot open folders. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
