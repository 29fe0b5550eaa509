/**
 * Who trains, who validates, who tests: drawn by participant from the opened cohort, as one split or
 * as folds. The test set is the same either way, so that going from a split to folds moves nobody out
 * of it; folds of those who are left are `tsvtools kfold`'s, whatever the seed.
 */
import type { Problem } from '../../core/errors.ts';
import type { LabelledSession } from '../../core/split/cohort-table.ts';
import { makeSets } from '../../core/split/make-sets.ts';
import { planFolds } from '../../core/split/plan-folds.ts';
import { baselinePositions } from '../../core/tsv/sessions.ts';
import { isMissing, type Table } from '../../core/tsv/table.ts';
import type { ExperimentChoice } from '../session-api.ts';
import type { OpenedCohort } from './opened-cohort.ts';
import type { OwnSplit } from './own-split.ts';

/** Folder of a single split; its union stands beside it. */
export const SETS_FOLDER = 'split';

export interface Fold {
  /** All sessions of each participant. */
  readonly train: readonly LabelledSession[];
  readonly validation: readonly LabelledSession[];
}

export interface SessionSets {
  /** Folder of the tables: `split`, or `5_fold` with a folder a fold in it. */
  readonly folder: string;
  readonly folds: readonly Fold[];
  /** All sessions of each participant. */
  readonly test: readonly LabelledSession[];
  readonly validLongitudinal: boolean;
  /** `kfold.json`, as tsvtools writes it. */
  readonly record?: { readonly name: string; readonly text: string };
  readonly problems: readonly Problem[];
}

/** @throws CapsuleError LABEL_ONE_CLASS, SPLIT_EMPTY, SPLIT_SIZE, SPLIT_MISSING */
export function setsOf(
  cohort: OpenedCohort,
  choice: ExperimentChoice,
  own: OwnSplit | undefined,
): SessionSets {
  if (own !== undefined) return own.sets(cohort, choice);
  const { classes, validationShare, testShare, seed, excluded, folds = 0 } = choice;
  const rows = labelledRows(cohort, choice.label);
  const drawn = makeSets(rows, { classes, validationShare, testShare, seed, excluded });
  const { train, validation, test } = drawn;
  const common = { test, validLongitudinal: choice.validLongitudinal === true };
  if (folds < 2) {
    return { ...common, folder: SETS_FOLDER, folds: [{ train, validation }], problems: [] };
  }
  return { ...common, ...foldsOf([...train, ...validation], choice.label, folds) };
}

/** Sessions with a usable volume and a label. */
export function labelledRows(cohort: OpenedCohort, label: string): LabelledSession[] {
  return cohort.rows().flatMap((row): LabelledSession[] => {
    const value = row.cells[label]?.trim() ?? '';
    const { participant, session } = row;
    const isUsable = row.path !== '' && !row.damaged;
    return !isUsable || isMissing(value) ? [] : [{ participant, session, label: value }];
  });
}

/** Validation as it is used: the first session of each participant, or all of them. */
export function validationOf(
  { validation }: Fold,
  { validLongitudinal }: Pick<SessionSets, 'validLongitudinal'>,
): readonly LabelledSession[] {
  return validLongitudinal ? validation : firstSessions(validation);
}

export function firstSessions(sessions: readonly LabelledSession[]): LabelledSession[] {
  return baselinePositions(sessions).flatMap((position) => sessions[position] ?? []);
}

/** Rows of the pool go through `planFolds`, which knows who validates where. */
function foldsOf(pool: readonly LabelledSession[], label: string, nSplits: number) {
  const table: Table = {
    columns: ['participant_id', 'session_id', label],
    rows: pool.map((row) => [row.participant, row.session, row.label]),
  };
  const plan = planFolds({ table, file: 'train.tsv' }, [], {
    ...{ nSplits, subsetName: 'validation', validLongitudinal: false },
    ...(label === 'diagnosis' ? {} : { stratification: label }),
  });
  const folds = Array.from({ length: nSplits }, (_, index): Fold => {
    const rows = plan.tables.get(`split-${index}/validation_baseline.tsv`)?.rows ?? [];
    const validating = new Set(rows.map(([participant]) => participant));
    return {
      train: pool.filter(({ participant }) => !validating.has(participant)),
      validation: pool.filter(({ participant }) => validating.has(participant)),
    };
  });
  return { folder: plan.folder, folds, record: plan.record, problems: plan.problems };
}
