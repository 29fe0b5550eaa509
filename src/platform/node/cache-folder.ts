/**
 * A cache on the disk. Its folder is made for its owner alone, because what is kept in it are voxels;
 * the time of an entry's last change is that of its last use, so that every program that shares the
 * folder sees it. Files are written by `DiskTree`: under a temporary name, then renamed.
 */
import { mkdir, readdir, rm, stat, statfs, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { CacheEntry, CacheFolder, CacheSettings } from '../../core/files/cache-folder.ts';
import { TEMPORARY } from '../../core/files/passing-files.ts';
import { systemClock } from './clock.ts';
import { diskError } from './disk-errors.ts';
import { DiskTree } from './disk-tree.ts';

/** Or what is there and half of what the disk has left, when that is less. */
const DEFAULT_BUDGET = 20e9;
/** What a program that was killed left half-written is removed after an hour. */
const ABANDONED_MILLISECONDS = 3_600_000;

/** @param folder - `${XDG_CACHE_HOME:-~/.cache}/capsule/volumes` when absent */
export function nodeCacheSettings(folder?: string): CacheSettings {
  // An empty or relative variable counts as unset (XDG Base Directory Specification).
  const home = process.env['XDG_CACHE_HOME'] ?? '';
  const caches = home.startsWith('/') ? home : join(homedir(), '.cache');
  return { folder: folder ?? join(caches, 'capsule', 'volumes'), budget: DEFAULT_BUDGET };
}

/** @throws CapsuleError FILE_UNWRITABLE, STORAGE_FULL when the folder cannot be made */
export async function openNodeCache({ folder, budget }: CacheSettings): Promise<CacheFolder> {
  let room: number;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await sweep(folder);
    const kept = (await entriesOf(folder)).reduce((sum, { bytes }) => sum + bytes, 0);
    const { bavail, bsize } = await statfs(folder);
    room = kept + (bavail * bsize) / 2;
  } catch (error) {
    throw diskError('FILE_UNWRITABLE', folder, error);
  }
  const tree = new DiskTree(folder);
  return {
    // Of the same clock as the times of files.
    opened: systemClock.now(),
    budget: Math.min(budget, room),
    entries: () => entriesOf(folder),
    file: (name) => tree.file(name),
    write: (name, bytes) => tree.write(name, bytes),
    touch: async (name) => {
      const now = new Date();
      await utimes(join(folder, name), now, now);
    },
    remove: (name) => tree.remove(name),
  };
}

async function entriesOf(folder: string): Promise<CacheEntry[]> {
  const found = await readdir(folder, { withFileTypes: true });
  const entries = await Promise.all(
    found
      .filter((entry) => entry.isFile() && !entry.name.endsWith(TEMPORARY))
      .map(async ({ name }) => {
        // Another program may have removed it meanwhile.
        const about = await stat(join(folder, name)).catch(() => undefined);
        return about && { name, bytes: about.size, used: Math.round(about.mtimeMs) };
      }),
  );
  return entries.filter((entry) => entry !== undefined);
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(TEMPORARY)) continue;
    const path = join(folder, name);
    const about = await stat(path).catch(() => undefined);
    if (about === undefined || systemClock.now() - about.mtimeMs < ABANDONED_MILLISECONDS) continue;
    await rm(path, { force: true });
  }
}
