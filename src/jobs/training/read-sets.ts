/**
 * The sets of an experiment, from the tables of one cohort or of several: every split, the ones that
 * are trained, and the numbers of the classes. Nothing but tables is read.
 */
import type { CohortSession } from '../../core/caps/cohorts.ts';
import type { Config } from '../../core/config/schema.ts';
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import type { LabelledSession } from '../../core/split/cohort-table.ts';
import { checkLabelCode, makeLabelCode, type LabelCode } from '../../core/split/label-code.ts';
import { readSplit, trainAndValidation, type Split } from '../../core/split/read-split.ts';

/** Where the sets of a cohort are. */
export interface SetsPlace {
  /** A tree that holds the folder of the sets, and its parent where that is within reach. */
  readonly tables: FileTree;
  /** The sets' folder in that tree, '' for the tree itself. */
  readonly tablesFolder: string;
  /** Name of the cohort, where there are several. */
  readonly cohort?: string;
  /** Diagnoses that this cohort gives; all that the experiment wants when absent. */
  readonly diagnoses?: readonly string[];
}

export interface Sets {
  /** Column that is predicted; undefined for a task without a label. */
  readonly label: string | undefined;
  /** Of a classification; empty for other tasks. */
  readonly code: LabelCode;
  /** Every split of the folders; groups are defined for all of them. */
  readonly all: ReadonlyMap<number, Split>;
  /** Splits to train. */
  readonly chosen: ReadonlyMap<number, Split>;
  /** Of the chosen splits; some stand in several of them. */
  readonly sessions: readonly LabelledSession[];
}

/** @throws SPLIT_*, LABEL_*, TSV_* naming table and row, CONFIG_VALUE for a label code */
export async function readSets(config: Config, places: readonly SetsPlace[]): Promise<Sets> {
  const label = config.network_task === 'reconstruction' ? undefined : (config.label ?? '');
  const all = await readSplits(config, label, places);
  const code = config.network_task === 'classification' ? codeOf(config, label ?? '', all) : {};
  const isTrained = (index: number) => config.split.length === 0 || config.split.includes(index);
  const chosen = new Map([...all].filter(([index]) => isTrained(index)));
  const sessions = [...chosen.values()].flatMap(({ train, validation }) => [
    ...train,
    ...validation,
  ]);
  return { label, code, all, chosen, sessions };
}

/** @returns everyone whom models may have seen, by the tables above the sets. */
export async function seenInTables(
  places: readonly SetsPlace[],
  splits: readonly Split[],
): Promise<CohortSession[]> {
  const seen = await Promise.all(
    places.map(async ({ tables, tablesFolder, cohort }) => {
      const { sessions } = await trainAndValidation(tables, tablesFolder, splits);
      return sessions.map((session) => (cohort === undefined ? session : { ...session, cohort }));
    }),
  );
  return seen.flat();
}

/**
 * The number that the loss compares an output with: of a class, or the label itself.
 * @returns -1 where there is none
 */
export function numberOfLabel(
  { network_task }: Pick<Config, 'network_task'>,
  code: LabelCode,
  label: string,
): number {
  if (network_task === 'regression') return Number(label);
  return Object.hasOwn(code, label) ? (code[label] ?? -1) : -1;
}

/** The classes are those of the first split, whichever are trained. */
function codeOf(config: Config, label: string, all: ReadonlyMap<number, Split>): LabelCode {
  const labels = (all.get(0)?.train ?? []).map((session) => session.label);
  const given = config.label_code ?? {};
  const code =
    Object.keys(given).length === 0 ? makeLabelCode(labels) : checkLabelCode(given, labels);
  for (const split of all.values()) refuseUnknownLabels(split.validation, code, label);
  return code;
}

/** @returns every split of the folders, whichever are trained */
export async function readSplits(
  config: Config,
  label: string | undefined,
  places: readonly SetsPlace[],
): Promise<Map<number, Split>> {
  const splits = new Map<number, Split>();
  for (let index = 0; index < Math.max(1, config.n_splits); index++) {
    const parts = await Promise.all(places.map((place) => readOne(config, label, place, index)));
    splits.set(index, merged(parts));
  }
  const stranger = config.split.find((index) => !splits.has(index));
  if (stranger === undefined) return splits;
  throw new CapsuleError('SPLIT_MISSING', {
    expected: `a split below ${splits.size}`,
    found: String(stranger),
  });
}

async function readOne(
  config: Config,
  label: string | undefined,
  { tables, tablesFolder, cohort, diagnoses = config.diagnoses }: SetsPlace,
  index: number,
): Promise<Split> {
  const choice = {
    ...{ label, isNumber: config.network_task === 'regression' },
    ...{ diagnoses, baseline: config.baseline },
    ...{ validLongitudinal: config.valid_longitudinal, splits: config.n_splits },
    // The audit refuses them, unless someone knows.
    allowShared: true,
  };
  if (cohort === undefined) return readSplit(tables, tablesFolder, index, choice);
  const named = (sessions: readonly LabelledSession[]) =>
    sessions.map((session) => ({ ...session, cohort }));
  try {
    const { train, validation, files } = await readSplit(tables, tablesFolder, index, choice);
    return { train: named(train), validation: named(validation), files };
  } catch (thrown) {
    throw thrown instanceof CapsuleError ? thrown.at({ steps: [cohort] }) : thrown;
  }
}

/** The sets of the cohorts one after the other, as 1.6.1 puts their tables together. */
function merged(parts: readonly Split[]): Split {
  const [first, ...others] = parts;
  if (first !== undefined && others.length === 0) return first;
  const files = (set: 'train' | 'validation') =>
    [...new Set(parts.map((part) => part.files[set]))].join(', ');
  return {
    train: parts.flatMap(({ train }) => train),
    validation: parts.flatMap(({ validation }) => validation),
    files: { train: files('train'), validation: files('validation') },
  };
}

/** @throws CapsuleError TSV_VALUE for a label that the training set does not have */
export function refuseUnknownLabels(
  sessions: readonly LabelledSession[],
  code: LabelCode,
  column: string,
  set = 'the validation set',
): void {
  const stranger = sessions.find(({ label }) => !Object.hasOwn(code, label));
  if (stranger === undefined) return;
  const { participant, session, label, cohort } = stranger;
  throw new CapsuleError('TSV_VALUE', {
    ...{ participant, session, column },
    ...(cohort === undefined ? {} : { steps: [cohort] }),
    expected: `one of the training set's labels, ${Object.keys(code).join(', ')}`,
    found: `"${label}" in ${set}`,
  });
}
