/**
 * The life of a data group: defined once, with a check that nobody in it was seen in training, then
 * used by predictions and maps. `train` and `validation` are defined by the training itself.
 */
import { CapsuleError } from '../../core/errors.ts';
import { isTrainingGroup } from '../../core/maps/layout.ts';
import type { Maps } from '../../core/maps/reader.ts';
import type { MapsSplit } from '../../core/maps/split-reader.ts';
import type { GroupRow } from '../../core/maps/tables.ts';
import type { MapsWriter } from '../../core/maps/writer.ts';
import { sharedParticipants } from '../../core/split/read-split.ts';
import { leakageWithGroup } from '../audit/audit-group.ts';
import type { CodedSession } from '../data/cohort.ts';
import type { Model } from './model.ts';

export interface NewGroup {
  readonly rows: readonly GroupRow[];
  /** Whether the rows carry the label that the model predicts. */
  readonly labelled: boolean;
  /** As the user named it: a CAPS, or the table of several. */
  readonly capsDirectory: string;
  readonly multiCohort?: boolean;
  /** Compares with the training's participants; on unless the user insists. */
  readonly checkLeakage: boolean;
}

/**
 * Defines a new group in the MAPS.
 * @throws CapsuleError MAPS_GROUP when there is one of this name; LEAKAGE_PARTICIPANTS naming those whom training has seen: the group is not made
 */
export async function defineGroup(
  maps: Maps,
  writer: MapsWriter,
  model: Model,
  name: string,
  group: NewGroup,
): Promise<void> {
  if (maps.groups.includes(name)) {
    throw new CapsuleError('MAPS_GROUP', {
      expected: `a new name, or no participants for the group "${name}" that exists`,
      found: `"${name}"`,
      action: 'Leave --participants_tsv out to use the group as it is, or choose another name.',
    });
  }
  if (group.checkLeakage) {
    const shared = sharedParticipants(await maps.trainValidation(), group.rows);
    if (shared.length > 0) {
      throw new CapsuleError('LEAKAGE_PARTICIPANTS', {
        expected: `nobody in "${name}" whom training or validation has seen`,
        found: `${shared.length}: ${shared.slice(0, 20).join(', ')}`,
      });
    }
  }
  const leakage = await leakageWithGroup(maps, name, group.rows, group.checkLeakage);
  await writer.addGroup(name, {
    rows: group.rows,
    label: group.labelled ? model.label : undefined,
    capsDirectory: group.capsDirectory,
    multiCohort: group.multiCohort === true,
  });
  await writer.writeLeakage(leakage);
}

/** @returns the sessions of a group with their class codes, -1 where there is no known label. */
export async function sessionsOfGroup(
  maps: Maps,
  model: Model,
  name: string,
  split: MapsSplit,
): Promise<{ sessions: CodedSession[]; labelled: boolean }> {
  const { rows } = await maps.group(name, isTrainingGroup(name) ? split : undefined);
  const sessions = rows.map(({ participant, session, cohort, label }) => {
    const text = String(label ?? '');
    const code = Object.hasOwn(model.code, text) ? (model.code[text] ?? -1) : -1;
    return { participant, session, cohort, code };
  });
  return { sessions, labelled: sessions.every(({ code }) => code >= 0) };
}
