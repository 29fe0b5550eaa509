/** The volumes of a data group, for a model; and how a group is made that has them. */
import type { WritableTree } from '../../core/files/file-tree.ts';
import { openMaps, type Maps } from '../../core/maps/reader.ts';
import { MapsWriter } from '../../core/maps/writer.ts';
import { openCohort, type Cohort, type CodedSession } from '../data/cohort.ts';
import type { VolumeStore } from '../data/volume-store.ts';
import type { Job } from '../events.ts';
import { capsOf, type CapsSource } from './caps-source.ts';
import type { JobContext } from './context.ts';
import { checkGroup, writeGroup, type NewGroup } from './groups.ts';
import { refuseOtherShape, type Model } from './model.ts';

export interface GroupVolumes extends Pick<CapsSource, 'caps' | 'cohorts'> {
  readonly unreadable: 'stop' | 'leave-out';
  /** Volumes that were read already; a new store when absent. */
  readonly store?: VolumeStore | undefined;
}

/** @throws CapsuleError of volumes; NETWORK_INPUT for those of another shape than in training */
export async function* openGroup(
  request: GroupVolumes,
  model: Model,
  sessions: readonly CodedSession[],
  context: JobContext,
): Job<Cohort> {
  const { extraction } = model;
  const { unreadable, store } = request;
  const volumes = { ...capsOf(request), extraction, sessions, unreadable, store };
  const cohort = yield* openCohort(volumes, context);
  refuseOtherShape(model, cohort.inputSize);
  return cohort;
}

export interface GroupToMake {
  readonly maps: Maps;
  /** Of the MAPS. */
  readonly tree: WritableTree;
  readonly model: Model;
  readonly name: string;
  readonly group: NewGroup;
}

/**
 * Makes a group once all that can be wrong with it was looked at, its volumes too: one that cannot be
 * used would keep its name.
 * @returns the MAPS as it then is, and the volumes
 * @throws CapsuleError as `checkGroup` and `openGroup`: the group is not made
 */
export async function* defineGroup(
  { maps, tree, model, name, group }: GroupToMake,
  request: GroupVolumes,
  context: JobContext,
): Job<{ maps: Maps; cohort: Cohort }> {
  await checkGroup(maps, model, name, group);
  // What its labels mean is not asked here.
  const sessions = group.rows.map(({ participant, session, cohort }) => {
    return { participant, session, cohort, code: -1 };
  });
  const cohort = yield* openGroup(request, model, sessions, context);
  await writeGroup(maps, new MapsWriter(tree), model, name, group);
  return { maps: await openMaps(tree), cohort };
}
