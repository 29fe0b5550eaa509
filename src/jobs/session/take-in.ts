/**
 * MAPS that come from elsewhere onto the shelf, one or many in a file, and the whole shelf as a file.
 * Each is checked before anything is copied, and nothing stays of one that is refused.
 */
import type { FileTree, WritableTree } from '../../core/files/file-tree.ts';
import { openMaps } from '../../core/maps/reader.ts';
import type { Problem } from '../../core/errors.ts';
import type { ModelSummary, OnEvent } from '../session-api.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import type { ExperimentShelf, Origin } from './experiments.ts';
import { SHELF, takeIn } from './maps-shelf.ts';
import type { SessionPlatform } from './platform.ts';
import type { ExportOptions, SavedFile } from './shelf-api.ts';
import { summarise } from './summary.ts';
import { listOf, shelfZip, takeInAll } from './whole-shelf.ts';

/** A finished MAPS of the storage. */
export interface Opened {
  readonly maps: WritableTree;
  readonly name: string;
  readonly model: ModelSummary;
}

/** @throws CapsuleError MAPS_NOT_MAPS, MAPS_UNFINISHED, MAPS_DAMAGED and those of its tables */
export async function takeInOne(
  platform: SessionPlatform,
  shelf: ExperimentShelf,
  tree: FileTree,
  origin: Partial<Origin> = {},
): Promise<Opened> {
  const { maps, name } = await takeIn(platform, tree);
  try {
    const model = await summarise(await openMaps(maps), name);
    const from = { state: 'imported', cohort: '', sample: false, name, ...origin } as const;
    const record = await shelf.keep(maps, model, from);
    return { maps, name: record.name, model };
  } catch (error) {
    // A table inside cannot be read: what cannot be shown is not kept.
    await platform.removeWorkspace(`${SHELF}/${maps.name}`);
    throw error;
  }
}

/** A MAPS alone, or a file of many. @throws CapsuleError where it is one that is refused */
export async function takeInMany(
  platform: SessionPlatform,
  shelf: ExperimentShelf,
  tree: FileTree,
  onEvent: OnEvent,
): Promise<{ last: Opened | undefined; count: number; refused: readonly Problem[] }> {
  const list = await listOf(tree);
  if (list === undefined) {
    return { last: await takeInOne(platform, shelf, tree), count: 1, refused: [] };
  }
  const meter = new ProgressMeter(platform.clock, 'experiments', list.length);
  let last: Opened | undefined;
  let count = 0;
  const refused = await takeInAll(
    tree,
    list,
    async (maps, { name, cohort, sample, created }) => {
      last = await takeInOne(platform, shelf, maps, { name, cohort, sample, created });
      count += 1;
    },
    (done) => onEvent(meter.event('Taking experiments in', done)),
  );
  return { last, count, refused };
}

/** All finished experiments as one file. */
export async function saveShelf(
  { clock }: SessionPlatform,
  shelf: ExperimentShelf,
  options: ExportOptions,
  onEvent: OnEvent,
): Promise<SavedFile> {
  const all = await shelf.list(undefined, undefined);
  const records = all.filter(({ state }) => state !== 'interrupted');
  const meter = new ProgressMeter(clock, 'experiments', records.length);
  const zip = shelfZip(
    records,
    (id) => shelf.tree(id),
    options,
    (done) => onEvent(meter.event('Packing experiments', done)),
  );
  const date = new Date(clock.now()).toISOString().slice(0, 10);
  return { name: `capsule-experiments-${date}.zip`, blob: await new Response(zip).blob() };
}
