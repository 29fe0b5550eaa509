/**
 * The tables that `split` and `kfold` write, under ClinicaDL's names: all sessions of those who train,
 * their first sessions, and the first sessions of the other set; all sessions of that set too where
 * it is asked for.
 */
import { CapsuleError } from '../errors.ts';
import type { Problem } from '../errors.ts';
import type { Table } from '../tsv/table.ts';
import { rowsOf, type Sessions } from './session-table.ts';

/** A behaviour of 1.6.1 that is wrong, or against its documentation, for those who need it again. */
export type Compat = '1.6.1' | undefined;

export interface SubsetOptions {
  /** Of the set beside the training set: `validation`, `test`. */
  readonly subsetName: string;
  /** All sessions of that set are written as well. */
  readonly validLongitudinal: boolean;
  readonly compat?: Compat;
}

/** What is to be written, before anything is. */
export interface SetsPlan {
  /** Name of the new folder, if it is free. */
  readonly folder: string;
  /** By path in the folder. */
  readonly tables: ReadonlyMap<string, Table>;
  /** What was asked for and found, as JSON. */
  readonly record: { readonly name: string; readonly text: string };
  /** Lines for the user. */
  readonly notes: readonly string[];
  readonly problems: readonly Problem[];
}

/** @param train - left out: there is no training set. @param inside - folder in the plan's folder. */
export function setTables(
  sessions: Sessions,
  sets: { train?: ReadonlySet<string>; subset?: ReadonlySet<string> },
  { subsetName, validLongitudinal }: SubsetOptions,
  inside = '',
): [path: string, table: Table][] {
  const { train, subset } = sets;
  const files: [string, Table][] = [];
  if (train !== undefined) {
    files.push(['train.tsv', rowsOf(sessions, train, 'all')]);
    files.push(['train_baseline.tsv', rowsOf(sessions, train, 'baseline')]);
  }
  if (subset !== undefined) {
    files.push([`${subsetName}_baseline.tsv`, rowsOf(sessions, subset, 'baseline')]);
    if (validLongitudinal) files.push([`${subsetName}.tsv`, rowsOf(sessions, subset, 'all')]);
  }
  return files.map(([name, table]) => [`${inside}${name}`, table]);
}

/** @throws CONFIG_VALUE for a name that is no file name, or that of a training table. */
export function checkSubsetName(name: string): void {
  const isTrain = name === 'train' || name === 'train_baseline';
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name) && !isTrain) return;
  throw new CapsuleError('CONFIG_VALUE', {
    expected: '"subset_name" to be of letters, digits, ".", "_" and "-", and not "train"',
    found: `"${name.slice(0, 100)}"`,
  });
}

/** @returns for instance `train: 96 participants, 245 sessions`. */
export function setInWords(name: string, baseline: Table, all: Table): string {
  const counted = ({ rows }: Table, thing: string) =>
    `${rows.length} ${thing}${rows.length === 1 ? '' : 's'}`;
  return `${name}: ${counted(baseline, 'participant')}, ${counted(all, 'session')}`;
}
