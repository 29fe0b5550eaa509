/**
 * Where a session keeps MAPS in Capsule's own storage: one folder each, until someone removes it. A
 * MAPS that was not finished (cancelled, tab closed) is never opened as whole. Those that can be gone
 * on with stay too; what is neither, the rest of something that broke off, goes when the next one is
 * made.
 */
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree, WritableTree } from '../../core/files/file-tree.ts';
import type { Release } from '../../core/files/hold.ts';
import { listPaths, needFile } from '../../core/files/read.ts';
import { rootOf } from '../../core/files/sub-tree.ts';
import { MAPS_JSON } from '../../core/maps/layout.ts';
import { PARTICIPANT_ID } from '../../core/maps/participant-paths.ts';
import { openMaps, type Maps } from '../../core/maps/reader.ts';
import { lockIfFree } from '../shared/one-writer.ts';
import type { SessionPlatform } from './platform.ts';

export const SHELF = 'maps';
/** What interrupted trainings need beside their MAPS, under the same names. */
export const RUNS = 'runs';

/** A folder that nobody else writes into until it is released. */
export interface Shelved {
  readonly maps: WritableTree;
  readonly release: Release;
}

/** @returns a new, empty folder, after rests were cleared away; what another tab writes into stays */
export async function newMaps(platform: SessionPlatform, label: string): Promise<Shelved> {
  // In this order: a training that ends in between is whole before it is no run any more.
  const runs = await platform.workspaceFolders(RUNS);
  for (const name of await platform.workspaceFolders(SHELF)) {
    await unlessInUse(platform, name, async (tree) => {
      const isKept = runs.includes(name) ? await isMaps(tree) : await isWhole(tree);
      if (!isKept) await platform.removeWorkspace(`${SHELF}/${name}`);
    });
  }
  // A MAPS that comes back keeps its name and loses its old number.
  // The name stands in records that name nobody.
  const own = label.replace(/^maps-\d+-/, '').replace(PARTICIPANT_ID, 'sub');
  const safe = own.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 40) || 'model';
  const taken = await platform.workspaceFolders(SHELF);
  for (let number = Math.max(0, ...taken.map(numberOf)) + 1; ; number++) {
    const shelved = await emptyMaps(platform, `${SHELF}/maps-${number}-${safe}`);
    if (shelved !== undefined) return shelved;
  }
}

/** @returns undefined where another tab was faster */
async function emptyMaps(platform: SessionPlatform, folder: string): Promise<Shelved | undefined> {
  const maps = await platform.workspace(folder);
  const release = await lockIfFree(maps);
  if (release === undefined) return undefined;
  // Another tab may have cleared it away before it was locked.
  await platform.workspace(folder);
  if ((await listPaths(maps)).length === 0) return { maps, release };
  await release();
  return undefined;
}

/** @returns what was done; undefined where nothing was, because another tab writes into it */
async function unlessInUse<Result>(
  platform: SessionPlatform,
  name: string,
  work: (tree: WritableTree) => Promise<Result>,
): Promise<Result | undefined> {
  const tree = await platform.workspace(`${SHELF}/${name}`);
  const release = await lockIfFree(tree);
  if (release === undefined) return undefined;
  try {
    return await work(tree);
  } finally {
    await release();
  }
}

/**
 * Copies a finished MAPS from elsewhere into the storage, so that maps can be added to it.
 * @returns the copy, and the name that the MAPS came with
 * @throws CapsuleError MAPS_NOT_MAPS, MAPS_UNFINISHED, MAPS_DAMAGED: nothing is kept then
 */
export async function takeIn(
  platform: SessionPlatform,
  tree: FileTree,
  onFile?: () => void,
): Promise<{ maps: WritableTree; name: string }> {
  (await openMaps(tree)).wholeSplits();
  const root = (await rootOf(tree, MAPS_JSON)) ?? tree;
  const { maps, release } = await newMaps(platform, root.name);
  try {
    // Without maps.json it is no MAPS: one whose copy broke off is never taken for whole.
    const paths = (await listPaths(root)).filter((path) => path !== MAPS_JSON);
    for (const path of [...paths, MAPS_JSON]) {
      await maps.write(path, await (await needFile(root, path)).stream());
      onFile?.();
    }
  } finally {
    await release();
  }
  return { maps, name: root.name.replace(/\.zip$/i, '') };
}

async function isWhole(tree: FileTree): Promise<boolean> {
  return (await mapsIn(tree))?.splits.some(({ whole }) => whole) ?? false;
}

/** Whether a training got so far that it can be gone on with. */
async function isMaps(tree: FileTree): Promise<boolean> {
  return (await mapsIn(tree)) !== undefined;
}

async function mapsIn(tree: FileTree): Promise<Maps | undefined> {
  try {
    return await openMaps(tree);
  } catch (error) {
    if (error instanceof CapsuleError) return undefined;
    throw error;
  }
}

export function numberOf(name: string): number {
  return Number(/^maps-(\d+)-/.exec(name)?.[1] ?? 0);
}
