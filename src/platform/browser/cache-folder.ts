/**
 * The cache of an opened cohort in the origin-private file system. It lives as long as the cohort is
 * open: a folder of its own, removed when the cohort is closed. A tab that is closed cannot clean up,
 * so a lock is held while a folder is in use, and whoever opens Capsule next removes the folders that
 * nobody holds.
 */
import type { CacheEntry, CacheFolder, CacheSettings } from '../../core/files/cache-folder.ts';
import { systemClock } from './clock.ts';
import { handleError } from './files/handle-errors.ts';
import { HandleTree } from './files/handle-tree.ts';
import { listOpfsFolders, opfsHandle, removeOpfsFolder } from './files/opfs.ts';

const SHELF = 'cache';
const LARGEST_BUDGET = 8e9;

/** A cache that belongs to one cohort. */
export interface OwnCache {
  readonly settings: CacheSettings;
  /** Removes it with all it holds. */
  close(): Promise<void>;
}

/** @returns undefined where the browser has no storage, no locks or no room for it. */
export async function makeBrowserCache(): Promise<OwnCache | undefined> {
  const { locks, storage } = navigator as Partial<Navigator>;
  if (locks === undefined || storage?.getDirectory === undefined) return undefined;
  const { quota = 0, usage = 0 } = await storage.estimate();
  const budget = Math.min(LARGEST_BUDGET, Math.floor((quota - usage) / 2));
  if (!(budget > 0)) return undefined;
  const folder = `${SHELF}/${crypto.randomUUID()}`;
  const release = await hold(locks, folder);
  return {
    settings: { folder, budget },
    async close() {
      try {
        await removeOpfsFolder(folder);
      } finally {
        release();
      }
    },
  };
}

/** Removes what earlier visits left; caches of other open tabs stay. */
export async function sweepBrowserCaches(): Promise<void> {
  const { locks, storage } = navigator as Partial<Navigator>;
  if (locks === undefined || storage?.getDirectory === undefined) return;
  for (const name of await listOpfsFolders(SHELF)) {
    const folder = `${SHELF}/${name}`;
    await locks.request(lockOf(folder), { ifAvailable: true }, async (lock) => {
      if (lock !== null) await removeOpfsFolder(folder);
    });
  }
}

/** @throws CapsuleError FILE_UNWRITABLE, STORAGE_FULL */
export async function openBrowserCache(settings: CacheSettings): Promise<CacheFolder> {
  const handle = await opfsHandle(settings.folder);
  const tree = new HandleTree(handle);
  return {
    opened: systemClock.now(),
    budget: settings.budget,
    entries: () => entriesOf(handle),
    file: (name) => tree.file(name),
    write: (name, bytes) => tree.write(name, bytes),
    // Uses are not kept: all entries are of this visit.
    touch: () => Promise.resolve(),
    remove: (name) => tree.remove(name),
  };
}

async function entriesOf(folder: FileSystemDirectoryHandle): Promise<CacheEntry[]> {
  try {
    const entries: CacheEntry[] = [];
    for await (const handle of folder.values()) {
      if (handle.kind !== 'file') continue;
      const { name, size, lastModified } = await (handle as FileSystemFileHandle).getFile();
      entries.push({ name, bytes: size, used: lastModified });
    }
    return entries;
  } catch (error) {
    throw handleError('FILE_UNREADABLE', folder.name, error);
  }
}

const lockOf = (folder: string): string => `capsule-${folder}`;

/** @returns what gives the lock back. */
function hold(locks: LockManager, folder: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = locks.request(
      lockOf(folder),
      () => new Promise<void>((release) => resolve(release)),
    );
    held.catch(reject);
  });
}
