/**
 * Who trains, who validates, who tests: drawn by participant from the opened cohort, as one split or
 * as folds. The test set is the same either way, so that going from a split to folds moves nobody out
 * of it; folds of those who are left are `tsvtools kfold`'s, whatever the seed.
 */
import { labelColumn } from '../../core/config/label-column.ts';
import type { Problem } from '../../core/errors.ts';
import type { LabelledSession } from '../../core/split/cohort-table.ts';
import { makeSets } from '../../core/split/make-sets.ts';
import { planFolds } from '../../core/split/plan-folds.ts';
import { baselinePositions } from '../../core/tsv/sessions.ts';
import type { Table } from '../../core/tsv/table.ts';
import type { ExperimentChoice } from '../session-api.ts';
import type { OpenedCohort } from './opened-cohort.ts';
import type { OwnSplit } from './own-split.ts';
import { STRATUM, strataOf, takesPart } from './target.ts';

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
  const { validationShare, testShare, excluded, folds = 0 } = choice;
  const { seed, valid_longitudinal: validLongitudinal } = choice.config;
  const rows = rowsThatTakePart(cohort, choice);
  const strata = strataOf(rows, choice);
  const classes = [...new Set(strata.rows.map(({ label }) => label))];
  const fewestClasses = choice.config.network_task === 'classification' ? 2 : 1;
  const drawn = makeSets(strata.rows, {
    ...{ classes, fewestClasses, validationShare, testShare, seed, excluded },
  });
  const { restored } = strata;
  const [train, validation] = [restored(drawn.train), restored(drawn.validation)];
  const common = { test: restored(drawn.test), validLongitudinal };
  if (folds < 2) {
    return { ...common, folder: SETS_FOLDER, folds: [{ train, validation }], problems: [] };
  }
  const label = labelColumn(choice.config);
  const cut = foldsOf([...drawn.train, ...drawn.validation], label || STRATUM, folds);
  const cutFolds = cut.folds.map((fold) => ({
    train: restored(fold.train),
    validation: restored(fold.validation),
  }));
  return { ...common, ...cut, folds: cutFolds };
}

/** Sessions with a usable volume and a label that the task can use; all of them where it has none. */
export function rowsThatTakePart(
  cohort: OpenedCohort,
  choice: ExperimentChoice,
): LabelledSession[] {
  const label = labelColumn(choice.config);
  return cohort.rows().flatMap((row): LabelledSession[] => {
    const { participant, session } = row;
    const value = label === '' ? '' : (row.cells[label]?.trim() ?? '');
    const isUsable = row.path !== '' && !row.damaged;
    return isUsable && takesPart(value, choice) ? [{ participant, session, label: value }] : [];
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
