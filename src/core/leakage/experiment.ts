/**
 * An experiment as the audit sees it, plain data whoever describes it: the sets of its splits with
 * the rows of their tables, the visits that labels come from, the content of scans, the networks
 * that training starts from. A cohort that nobody named may be any: rows without one are compared
 * with rows of all.
 */
import type { SessionKey } from '../tsv/sessions.ts';

export type Role = 'train' | 'validation' | 'test';
const ROLES: readonly Role[] = ['train', 'validation', 'test'];

/** One row of a table. */
export interface AuditRow extends SessionKey {
  /** Table that it stands in. */
  readonly file: string;
  readonly cohort?: string | undefined;
  /** Slice, patch or region, in tables that list them. */
  readonly part?: string | undefined;
  /** The label that is predicted; absent without one. */
  readonly label?: string | undefined;
  /** The diagnosis of the visit. */
  readonly diagnosis?: string | undefined;
  /** Other columns that the experiment uses. */
  readonly cells?: ReadonlyMap<string, string> | undefined;
}

export interface AuditSet {
  /** Such as `train of split-0`; no two sets have the same. */
  readonly name: string;
  readonly role: Role;
  /** Absent for a set that belongs to every split. */
  readonly split?: number | undefined;
  readonly rows: readonly AuditRow[];
}

/** The content of a volume. */
export interface Scan extends SessionKey {
  readonly cohort?: string | undefined;
  readonly file: string;
  /** Of shape and scaled voxels: the same for a renamed or recompressed copy. */
  readonly hash: string;
}

/** A network that training started from. */
export interface Ancestor {
  readonly name: string;
  /**
   * `reserved`: the list holds people who were set apart for training, and maybe not used. `unknown`:
   * nothing tells whom the network has seen.
   */
  readonly kind: 'transfer' | 'reserved' | 'unknown';
  /** Everyone whom its training and validation have seen. */
  readonly seen: readonly SessionKey[];
  /** Whom the weights of a split were fitted to, by split. */
  readonly trained?: ReadonlyMap<number, readonly SessionKey[]> | undefined;
}

export interface Experiment {
  readonly sets: readonly AuditSet[];
  /** Name of the column that is predicted. */
  readonly label?: string | undefined;
  /** Visits of the participants, from a table of labels. */
  readonly visits?: readonly AuditRow[] | undefined;
  /** Those are all the visits that there were, also those of other diagnoses. */
  readonly hasAllVisits?: boolean | undefined;
  /** Columns that the network is given beside the image. */
  readonly inputs?: readonly string[] | undefined;
  /** Column by which the sets were drawn. */
  readonly stratification?: string | undefined;
  /** Absent when no volume was read. */
  readonly scans?: readonly Scan[] | undefined;
  readonly ancestors?: readonly Ancestor[] | undefined;
  /** Models of all splits vote together on the test sets. */
  readonly pooled?: boolean | undefined;
}

/** Two sets of one split that must be apart. */
export interface Pair {
  readonly first: AuditSet;
  readonly second: AuditSet;
  /** Both, in words. */
  readonly where: string;
}

/** @returns every two sets of different roles that meet in a split, training first. */
export function pairsOf(sets: readonly AuditSet[]): Pair[] {
  const rank = ({ role }: AuditSet) => ROLES.indexOf(role);
  return sets.flatMap((first) =>
    sets
      .filter((second) => rank(first) < rank(second) && isSameOrAny(first.split, second.split))
      .map((second) => ({ first, second, where: `${first.name} and ${second.name}` })),
  );
}

/** @returns whether two names that may be unknown can be the same. */
export function isSameOrAny<Name>(one: Name | undefined, other: Name | undefined): boolean {
  return one === undefined || other === undefined || one === other;
}

export interface Overlap {
  /** Participants of both, sorted. */
  readonly same: readonly string[];
  /** Ids of both, but of cohorts that differ: the same people or not. */
  readonly elsewhere: readonly string[];
}

interface Person {
  readonly participant: string;
  readonly cohort?: string | undefined;
}

export function overlapOf(first: readonly Person[], second: readonly Person[]): Overlap {
  const known = cohortsByParticipant(first);
  const shared = new Map<string, boolean>();
  for (const { participant, cohort } of second) {
    const cohorts = known.get(participant);
    if (cohorts === undefined) continue;
    const isSame = [...cohorts].some((other) => isSameOrAny(other, cohort));
    shared.set(participant, isSame || shared.get(participant) === true);
  }
  const ids = (wanted: boolean) =>
    sorted([...shared].filter(([, isSame]) => isSame === wanted).map(([id]) => id));
  return { same: ids(true), elsewhere: ids(false) };
}

export function cohortsByParticipant(
  rows: readonly Person[],
): Map<string, Set<string | undefined>> {
  const cohorts = new Map<string, Set<string | undefined>>();
  for (const { participant, cohort } of rows) {
    const known = cohorts.get(participant) ?? new Set();
    cohorts.set(participant, known.add(cohort));
  }
  return cohorts;
}

/** @returns the items by key, in their order. */
export function groupBy<Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string,
): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** @returns the texts once each, in alphabetical order. */
export const sorted = (texts: Iterable<string>): string[] => [...new Set(texts)].sort();

export const rowsOf = ({ sets }: Experiment): AuditRow[] => sets.flatMap(({ rows }) => rows);
