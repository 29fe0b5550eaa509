/**
 * The sets that `train` consumes, from a folder that `tsvtools split` or `kfold` made: the training
 * and the validation table of one split, checked against each other.
 */
import { CapsuleError, describe, type Problem } from '../errors.ts';
import type { FileTree } from '../files/file-tree.ts';
import { sessionName, sessionsOf, type SessionKey } from '../tsv/sessions.ts';
import type { Table } from '../tsv/table.ts';
import { hintFor } from './folder-hints.ts';
import {
  labelledSessions,
  readTable,
  type LabelledSession,
  type RowChoice,
} from './cohort-table.ts';

export interface SplitChoice extends RowChoice {
  /** Trains on the first session of each participant. */
  readonly baseline: boolean;
  /** Validates on all sessions of each participant. */
  readonly validLongitudinal: boolean;
  /** Number of folds; 0 or 1 for a single split. */
  readonly splits: number;
  /** Reads sets that share participants too: the caller looks for them (core/leakage). */
  readonly allowShared?: boolean;
}

export interface Split {
  /** In the order of the tables. */
  readonly train: readonly LabelledSession[];
  readonly validation: readonly LabelledSession[];
  /** Files that the sets came from. */
  readonly files: { readonly train: string; readonly validation: string };
}

export interface TrainAndValidation {
  /** Everyone whom a model may have seen: what new data groups are checked against. */
  readonly sessions: readonly SessionKey[];
  /** Where the list comes from, in words. */
  readonly source: string;
}

/**
 * @param tree - a tree that holds the folder, and its parent where that is within reach
 * @param folder - the sets' folder in the tree, '' for the tree itself
 * @param split - number of the fold; 0 for a single split
 * @throws SPLIT_MISSING, SPLIT_EMPTY, LEAKAGE_PARTICIPANTS, and those of the tables
 */
export async function readSplit(
  tree: FileTree,
  folder: string,
  split: number,
  choice: SplitChoice,
): Promise<Split> {
  const below = choice.splits > 1 ? join(folder, `split-${split}`) : folder;
  if (split < 0 || split >= Math.max(1, choice.splits)) {
    throw new CapsuleError('SPLIT_MISSING', {
      steps: [`split-${split}`],
      expected: `a split below ${Math.max(1, choice.splits)}`,
      found: String(split),
    });
  }
  const files = {
    train: join(below, choice.baseline ? 'train_baseline.tsv' : 'train.tsv'),
    validation: join(
      below,
      choice.validLongitudinal ? 'validation.tsv' : 'validation_baseline.tsv',
    ),
  };
  const others = await tablesNear(tree, below, folder);
  for (const file of [files.train, files.validation]) {
    if ((await tree.file(file)) !== undefined) continue;
    const hint = await hintFor(tree, folder, file, choice);
    throw new CapsuleError('SPLIT_MISSING', { file, expected: 'this table', ...hint });
  }
  const train = await readSet(tree, files.train, choice, others);
  const validation = await readSet(tree, files.validation, choice, others);
  if (choice.allowShared !== true) refuseShared(train, validation, split);
  return { train, validation, files };
}

/**
 * The content of `groups/train+validation.tsv`: the parent's train.tsv, else its labels.tsv. Where
 * neither is within reach 1.6.1 fails; here the union of the sets is taken, and `source` says so.
 */
export async function trainAndValidation(
  tree: FileTree,
  folder: string,
  splits: readonly Split[],
): Promise<TrainAndValidation> {
  const above = folder === '' ? [] : ['train.tsv', 'labels.tsv'];
  for (const name of above) {
    const file = join(parentOf(folder), name);
    if ((await tree.file(file)) === undefined) continue;
    return { sessions: sessionsOf(await readTable(tree, file), { file }), source: file };
  }
  const sessions = new Map<string, SessionKey>();
  for (const { train, validation } of splits) {
    for (const { participant, session } of [...train, ...validation]) {
      const key = { participant, session };
      sessions.set(sessionName(key), key);
    }
  }
  return {
    sessions: [...sessions.values()],
    source: 'the training and validation sets, because no train.tsv or labels.tsv is beside them',
  };
}

/** @returns one CAPS_NO_VOLUME for each session that the CAPS does not have. */
export function missingSessions(
  rows: readonly SessionKey[],
  isThere: (key: SessionKey) => boolean,
): Problem[] {
  return rows
    .filter((key) => !isThere(key))
    .map(({ participant, session }) =>
      describe('CAPS_NO_VOLUME', { participant, session, found: 'no such session in the CAPS' }),
    );
}

/** @returns participants that stand in both sets, sorted. */
export function sharedParticipants(
  some: readonly SessionKey[],
  others: readonly SessionKey[],
): string[] {
  const known = new Set(some.map(({ participant }) => participant));
  const shared = others.map(({ participant }) => participant).filter((name) => known.has(name));
  return [...new Set(shared)].sort();
}

function refuseShared(train: Split['train'], validation: Split['validation'], split: number): void {
  const shared = sharedParticipants(train, validation);
  if (shared.length === 0) return;
  throw new CapsuleError('LEAKAGE_PARTICIPANTS', {
    steps: [`split-${split}`],
    expected: 'no participant in both training and validation',
    found: `${shared.length}: ${shared.join(', ')}`,
  });
}

async function readSet(
  tree: FileTree,
  file: string,
  choice: RowChoice,
  others: readonly { table: Table; file: string }[],
): Promise<LabelledSession[]> {
  return labelledSessions(await readTable(tree, file), file, choice, others);
}

/** The labels tables of the folder, of the folds' folder and of its parent, nearest first. */
async function tablesNear(tree: FileTree, below: string, folder: string) {
  const folders = [below, folder, ...(folder === '' ? [] : [parentOf(folder)])];
  const found: { table: Table; file: string }[] = [];
  for (const file of new Set(folders.map((place) => join(place, 'labels.tsv')))) {
    if ((await tree.file(file)) !== undefined) {
      found.push({ table: await readTable(tree, file), file });
    }
  }
  return found;
}

const join = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);
const parentOf = (folder: string): string => folder.slice(0, Math.max(0, folder.lastIndexOf('/')));
