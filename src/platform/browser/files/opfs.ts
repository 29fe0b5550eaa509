/** Folders of the origin-private file system: what Capsule keeps in the browser between visits. */
import type { WritableTree } from '../../../core/files/file-tree.ts';
import { safePath } from '../../../core/files/paths.ts';
import { lockFolder } from './folder-lock.ts';
import { handleError, isAbsent } from './handle-errors.ts';
import { HandleTree } from './handle-tree.ts';

/** @returns the folder at `path`, made when it is not there. */
export async function opfsFolder(path: string): Promise<WritableTree> {
  const own = { lock: () => lockFolder(path), room: freeRoom };
  return new HandleTree(await opfsHandle(path), undefined, own);
}

/** As `opfsFolder`. */
export async function opfsHandle(path: string): Promise<FileSystemDirectoryHandle> {
  try {
    return await descend(path, true);
  } catch (error) {
    throw handleError('FILE_UNWRITABLE', path, error);
  }
}

/** @returns the folder at `path`, or undefined when there is none. */
export async function findOpfsFolder(path: string): Promise<WritableTree | undefined> {
  try {
    return new HandleTree(await descend(path, false));
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw handleError('FILE_UNREADABLE', path, error);
  }
}

/** @returns sorted names of the folders in the folder at `path`; none when it does not exist. */
export async function listOpfsFolders(path: string): Promise<string[]> {
  try {
    const names: string[] = [];
    for await (const [name, handle] of (await descend(path, false)).entries()) {
      if (handle.kind === 'directory') names.push(name);
    }
    return names.sort();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw handleError('FILE_UNREADABLE', path, error);
  }
}

/** Removes the folder with all it holds; nothing happens when it is not there. */
export async function removeOpfsFolder(path: string): Promise<void> {
  await new HandleTree(await navigator.storage.getDirectory()).remove(path);
}

/** What the browser says it would give; it may give less when the disk is full. */
async function freeRoom(): Promise<number | undefined> {
  const { quota, usage = 0 } = await navigator.storage.estimate();
  return quota === undefined ? undefined : Math.max(0, quota - usage);
}

async function descend(path: string, create: boolean): Promise<FileSystemDirectoryHandle> {
  let folder = await navigator.storage.getDirectory();
  const names = path === '' ? [] : safePath(path).split('/');
  for (const name of names) folder = await folder.getDirectoryHandle(name, { create });
  return folder;
}
