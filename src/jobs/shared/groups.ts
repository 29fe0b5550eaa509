/**
 * The life of a data group: defined once, with a check that nobody in it was seen in training, then
 * used by predictions and maps. `train` and `validation` are defined by the training itself.
 */
import { CapsuleError, type Where } from '../../core/errors.ts';
import type { Cell } from '../../core/maps/cells.ts';
import { isTrainingGroup, TRAIN_VALIDATION } from '../../core/maps/layout.ts';
import type { Maps } from '../../core/maps/reader.ts';
import type { MapsSplit } from '../../core/maps/split-reader.ts';
import type { GroupRow } from '../../core/maps/tables.ts';
import type { MapsWriter } from '../../core/maps/writer.ts';
import { sharedParticipants } from '../../core/split/read-split.ts';
import { isMissing } from '../../core/tsv/table.ts';
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
  /** Column of the labels; that of the training when absent. */
  readonly label?: string;
  /** Compares with the training's participants; on unless the user insists. */
  readonly checkLeakage: boolean;
  /** Replaces a group of this name, and removes what was predicted on it. */
  readonly overwrite?: boolean;
}

/**
 * Whether a new group may be made, or an old one anew: its labels can be used, and nobody of it was
 * seen in training.
 * @throws CapsuleError MAPS_GROUP when there is one of this name; LEAKAGE_PARTICIPANTS naming those
 *   whom training has seen, LEAKAGE_NO_LIST where the MAPS does not say whom
 */
export async function checkGroup(
  maps: Maps,
  model: Model,
  name: string,
  group: NewGroup,
): Promise<void> {
  const exists = maps.groups.includes(name);
  if (exists && group.overwrite !== true) {
    throw new CapsuleError('MAPS_GROUP', {
      expected: `a new name, or no participants for the group "${name}" that exists`,
      found: `"${name}"`,
      action:
        'Leave --participants_tsv out to use the group as it is, choose another name, or replace it with --overwrite.',
    });
  }
  if (group.labelled) {
    const column = group.label ?? model.label;
    group.rows.forEach(({ participant, session, label }, index) =>
      codeOf(model, label, { participant, session, row: index + 2, column }),
    );
  }
  if (group.checkLeakage) {
    if (!maps.namesParticipants) {
      throw new CapsuleError('LEAKAGE_NO_LIST', { file: TRAIN_VALIDATION, found: 'no such file' });
    }
    const shared = sharedParticipants(await maps.trainValidation(), group.rows);
    if (shared.length > 0) {
      throw new CapsuleError('LEAKAGE_PARTICIPANTS', {
        expected: `nobody in "${name}" whom training or validation has seen`,
        found: `${shared.length}: ${shared.slice(0, 20).join(', ')}`,
        action:
          'Leave them out of the table: what the model says of them tells nothing about new people. --skip_leak_check makes the group all the same.',
      });
    }
  }
}

/** Defines a group that was checked in the MAPS. */
export async function writeGroup(
  maps: Maps,
  writer: MapsWriter,
  model: Model,
  name: string,
  group: NewGroup,
): Promise<void> {
  const leakage = await leakageWithGroup(maps, name, group.rows, group.checkLeakage);
  if (maps.groups.includes(name) && !isTrainingGroup(name)) await writer.removeResults(name);
  await writer.addGroup(name, {
    rows: group.rows,
    label: group.labelled && model.label !== '' ? (group.label ?? model.label) : undefined,
    capsDirectory: group.capsDirectory,
    multiCohort: group.multiCohort === true,
  });
  await writer.writeLeakage(leakage);
}

export interface GroupSessions {
  readonly sessions: CodedSession[];
  /** Whether every session has a label that the model knows. */
  readonly labelled: boolean;
  /** In words: the first label that it does not know. */
  readonly stranger?: string;
}

/**
 * @param label - the column that is asked for; any that the group has when absent
 * @returns the sessions of a group with their class codes or values, -1 where there is none
 * @throws CapsuleError MAPS_GROUP for a column that the group does not have; TSV_VALUE for a value
 * that is no number
 */
export async function sessionsOfGroup(
  maps: Maps,
  model: Model,
  name: string,
  split: MapsSplit,
  label?: string,
): Promise<GroupSessions> {
  const table = await maps.group(name, isTrainingGroup(name) ? split : undefined);
  if (label !== undefined && table.label !== undefined && table.label !== label) {
    throw new CapsuleError('MAPS_GROUP', {
      expected: `the column "${label}" in the group "${name}"`,
      found: `"${table.label}"`,
      action: 'Define the group anew with --overwrite, or under another name.',
    });
  }
  const sessions = table.rows.map(({ participant, session, cohort, label: cell }, index) => {
    const where = { participant, session, row: index + 2, column: table.label ?? '' };
    return { participant, session, cohort, code: codeOf(model, cell, where) };
  });
  if (model.task.kind === 'reconstruction') return { sessions, labelled: false };
  const isKnown = ({ code }: CodedSession) => !Number.isNaN(code);
  const first = sessions.findIndex((session) => !isKnown(session));
  const labelled = table.label !== undefined && first < 0;
  const coded = sessions.map((one) => (isKnown(one) ? one : { ...one, code: -1 }));
  if (labelled || table.label === undefined) return { sessions: coded, labelled };
  const known = model.classes.length === 0 ? 'numbers' : Object.keys(model.code).join(', ');
  const stranger =
    `"${String(table.rows[first]?.label ?? '')}" in the column "${table.label}" of "${name}" ` +
    `is none of what the model knows (${known}): there will be predictions, and no metrics.`;
  return { sessions: coded, labelled, stranger };
}

/** @returns the class code or the value of a cell; NaN where there is none that the model knows. */
function codeOf({ task, code }: Model, cell: Cell | undefined, where: Where): number {
  const text = String(cell ?? '').trim();
  if (task.kind === 'classification') {
    return Object.hasOwn(code, text) ? (code[text] ?? NaN) : NaN;
  }
  if (task.kind === 'reconstruction' || isMissing(text)) return NaN;
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  throw new CapsuleError('TSV_VALUE', { ...where, expected: 'a number', found: `"${text}"` });
}
