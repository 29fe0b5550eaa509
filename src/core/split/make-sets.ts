/**
 * Training, validation and test sets out of one table. Participants are drawn, never sessions, so
 * that no one stands in two sets; they are drawn class by class, so that every set has the classes
 * in the same proportion. The same seed and participants give the same sets, whatever the order of
 * the rows and whatever other classes take part; leaving a session out moves nobody else, so that
 * whom an earlier model was tested on is not what a later one learns from.
 */
import { CapsuleError } from '../errors.ts';
import { stream } from '../random/philox.ts';
import { sessionName } from '../tsv/sessions.ts';
import type { LabelledSession } from './cohort-table.ts';

export const SET_NAMES = ['train', 'validation', 'test'] as const;
export type SetName = (typeof SET_NAMES)[number];
export type Sets = Readonly<Record<SetName, readonly LabelledSession[]>>;

export interface SetsChoice {
  /** Labels that take part; rows with another one are left out. */
  readonly classes: readonly string[];
  /** Shares of the participants of each class, from 0 to 0.5; the rest trains. */
  readonly validationShare: number;
  readonly testShare: number;
  readonly seed: number;
  /** Sessions left out, as `participant/session`. */
  readonly excluded?: Iterable<string>;
  /** With fewer classes there are no sets. Default 2. */
  readonly fewestClasses?: number;
}

/**
 * A participant counts for the class of the first session, left out or not. Every set that is wanted
 * gets at least one participant of each class as long as there are enough of them; training comes
 * first, then validation.
 * @returns all sessions of each participant, in the order of the rows
 * @throws LABEL_ONE_CLASS, SPLIT_EMPTY when training, or a set that is wanted, stays empty
 */
export function makeSets(rows: readonly LabelledSession[], choice: SetsChoice): Sets {
  const excluded = new Set(choice.excluded ?? []);
  const classes = new Set(choice.classes);
  const drawnFrom = rows.filter((row) => classes.has(row.label));
  const kept = drawnFrom.filter((row) => !excluded.has(sessionName(row)));
  const left = participantsByClass(kept);
  const { fewestClasses = 2 } = choice;
  if (left.size < fewestClasses) {
    throw new CapsuleError('LABEL_ONE_CLASS', {
      expected: 'participants of two classes or more',
      found: left.size === 0 ? 'none' : `only "${[...left.keys()].join()}"`,
    });
  }
  const setOf = new Map<string, SetName>();
  for (const [label, participants] of participantsByClass(drawnFrom)) {
    const drawn = stream(choice.seed, `sets of ${label}`).shuffle([...participants].sort());
    const [validation, test] = counts(drawn.length, choice.validationShare, choice.testShare);
    drawn.forEach((participant, position) => {
      const isValidation = position < validation;
      const set = isValidation ? 'validation' : position < validation + test ? 'test' : 'train';
      setOf.set(participant, set);
    });
  }
  const sets = {
    train: kept.filter(({ participant }) => setOf.get(participant) === 'train'),
    validation: kept.filter(({ participant }) => setOf.get(participant) === 'validation'),
    test: kept.filter(({ participant }) => setOf.get(participant) === 'test'),
  };
  refuseEmpty('train', sets.train, 1);
  refuseEmpty('validation', sets.validation, choice.validationShare);
  refuseEmpty('test', sets.test, choice.testShare);
  return sets;
}

/** @returns how many sessions of each class each set has, zeros included. */
export function balanceOf(
  sets: Sets,
  classes: readonly string[],
): Record<SetName, Record<string, number>> {
  const count = (rows: readonly LabelledSession[]) => {
    const counts = new Map(classes.map((label) => [label, 0]));
    for (const { label } of rows) counts.set(label, (counts.get(label) ?? 0) + 1);
    return Object.fromEntries(counts);
  };
  return { train: count(sets.train), validation: count(sets.validation), test: count(sets.test) };
}

/** Participants by the label of their first session (smallest id), classes in alphabetical order. */
function participantsByClass(rows: readonly LabelledSession[]): Map<string, string[]> {
  const first = new Map<string, LabelledSession>();
  for (const row of rows) {
    const best = first.get(row.participant);
    if (best === undefined || row.session < best.session) first.set(row.participant, row);
  }
  const labels = [...new Set([...first.values()].map(({ label }) => label))].sort();
  const groups = new Map<string, string[]>(labels.map((label) => [label, []]));
  for (const { participant, label } of first.values()) groups.get(label)?.push(participant);
  return groups;
}

/**
 * @param total - participants of one class
 * @returns how many of them validate and test: the shares, rounded, at least one where wanted, and
 * fewer than all
 */
export function counts(
  total: number,
  validationShare: number,
  testShare: number,
): [validation: number, test: number] {
  const wanted = (share: number) => (share > 0 ? Math.max(1, Math.round(total * share)) : 0);
  let validation = wanted(validationShare);
  let test = wanted(testShare);
  while (validation + test > Math.max(0, total - 1)) {
    const isValidationOver = validation - total * validationShare >= test - total * testShare;
    if (validation > 1 && (test <= 1 || isValidationOver)) validation -= 1;
    else if (test > 0) test -= 1;
    else validation -= 1;
  }
  return [validation, test];
}

function refuseEmpty(name: SetName, rows: readonly LabelledSession[], share: number): void {
  if (share <= 0 || rows.length > 0) return;
  throw new CapsuleError('SPLIT_EMPTY', {
    expected: `participants for ${name}`,
    found: 'too few participants',
    action: 'Take more participants, or ask for fewer sets.',
  });
}
