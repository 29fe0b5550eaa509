/** A MAPS as one zip, by default without what tells of single people. */
import type { FileTree, WritableTree } from '../../core/files/file-tree.ts';
import { listPaths } from '../../core/files/read.ts';
import { rootOf } from '../../core/files/sub-tree.ts';
import { zipStream } from '../../core/files/write-zip.ts';
import { MAPS_JSON } from '../../core/maps/layout.ts';
import { openMaps } from '../../core/maps/reader.ts';
import { pathsWithoutParticipants } from '../../core/maps/without-participants.ts';

export interface MapsExport {
  readonly maps: FileTree;
  /** Path of the zip in the output. */
  readonly file: string;
  /** Tables of participants, predictions, images and maps of single people as well. */
  readonly withParticipants: boolean;
}

/**
 * @returns how many files are in the zip, and how many were left out
 * @throws CapsuleError MAPS_NOT_MAPS, MAPS_DAMAGED, those of files
 */
export async function exportMaps(
  { maps, file, withParticipants }: MapsExport,
  output: WritableTree,
): Promise<{ written: number; leftOut: number }> {
  await openMaps(maps);
  const root = (await rootOf(maps, MAPS_JSON)) ?? maps;
  const all = await listPaths(root);
  const paths = withParticipants ? all : await pathsWithoutParticipants(root, all);
  const folder = root.name.replace(/\.zip$/i, '');
  await output.write(file, zipStream(root, { paths, folder }));
  return { written: paths.length, leftOut: all.length - paths.length };
}
