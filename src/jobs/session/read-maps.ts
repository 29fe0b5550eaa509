/** Another MAPS, read where it lies: to be compared with, not to be worked with. */
import type { FileTree } from '../../core/files/file-tree.ts';
import { rootOf } from '../../core/files/sub-tree.ts';
import { MAPS_JSON } from '../../core/maps/layout.ts';
import { openMaps } from '../../core/maps/reader.ts';
import type { ModelSummary } from '../session-api.ts';
import { summarise } from './summary.ts';

/** @throws CapsuleError MAPS_NOT_MAPS, MAPS_UNFINISHED, MAPS_DAMAGED */
export async function readMaps(tree: FileTree): Promise<ModelSummary> {
  const root = (await rootOf(tree, MAPS_JSON)) ?? tree;
  return summarise(await openMaps(root), root.name.replace(/\.zip$/i, ''));
}
