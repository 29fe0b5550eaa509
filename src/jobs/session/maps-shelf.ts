/**
 * Where a session keeps MAPS in Capsule's own storage: one folder each, the last ones only. A MAPS
 * that was not finished (cancelled, tab closed) is never opened as whole; the last such one can be
 * gone on with, the others go when the next one is made.
 */
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree, WritableTree } from '../../core/files/file-tree.ts';
import { listPaths, needFile } from '../../core/files/read.ts';
import { rootOf } from '../../core/files/sub-tree.ts';
import { MAPS_JSON } from '../../core/maps/layout.ts';
import { openMaps } from '../../core/maps/reader.ts';
import type { SessionPlatform } from './platform.ts';

export const SHELF = 'maps';
/** Finished MAPS that are kept beside a new one. */
const KEPT = 4;

/**
 * @param interrupted - name of an unfinished MAPS that stays
 * @returns a new, empty folder, after making room
 */
export async function newMaps(
  platform: SessionPlatform,
  label: string,
  interrupted?: string,
): Promise<WritableTree> {
  const names = await platform.workspaceFolders(SHELF);
  const whole: string[] = [];
  for (const name of names) {
    if (name === interrupted) continue;
    if (await isWhole(await platform.workspace(`${SHELF}/${name}`))) whole.push(name);
    else await platform.removeWorkspace(`${SHELF}/${name}`);
  }
  const byNumber = whole.sort((a, b) => numberOf(a) - numberOf(b));
  for (const name of byNumber.slice(0, Math.max(0, byNumber.length - KEPT))) {
    await platform.removeWorkspace(`${SHELF}/${name}`);
  }
  const taken = interrupted === undefined ? byNumber : [...byNumber, interrupted];
  const number = Math.max(0, ...taken.map(numberOf)) + 1;
  // A MAPS that comes back keeps its name and loses its old number.
  const own = label.replace(/^maps-\d+-/, '');
  const safe = own.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 40) || 'model';
  return platform.workspace(`${SHELF}/maps-${number}-${safe}`);
}

/**
 * Copies a finished MAPS from elsewhere into the storage, so that maps can be added to it.
 * @returns the copy, and the name that the MAPS came with
 * @throws CapsuleError MAPS_NOT_MAPS, MAPS_UNFINISHED, MAPS_DAMAGED: nothing is kept then
 */
export async function takeIn(
  platform: SessionPlatform,
  tree: FileTree,
): Promise<{ maps: WritableTree; name: string }> {
  (await openMaps(tree)).wholeSplits();
  const root = (await rootOf(tree, MAPS_JSON)) ?? tree;
  const target = await newMaps(platform, root.name);
  for (const path of await listPaths(root)) {
    await target.write(path, await (await needFile(root, path)).stream());
  }
  return { maps: target, name: root.name.replace(/\.zip$/i, '') };
}

async function isWhole(tree: FileTree): Promise<boolean> {
  try {
    return (await openMaps(tree)).wholeSplits().length > 0;
  } catch (error) {
    if (error instanceof CapsuleError) return false;
    throw error;
  }
}

export function numberOf(name: string): number {
  return Number(/^maps-(\d+)-/.exec(name)?.[1] ?? 0);
}
