/**
 * `tsvtools prepare-experiment`: reads a labels table, writes a test set and validation sets. Both are
 * worked out before a file is written, so that a validation that cannot be had leaves no half.
 */
import { planExperiment, EXPERIMENT_DEFAULTS } from '../../core/split/plan-experiment.ts';
import type { ExperimentOptions } from '../../core/split/plan-experiment.ts';
import { columnsForSplit } from '../../core/split/plan-split.ts';
import type { Job } from '../events.ts';
import {
  freeName,
  labelsFor,
  readSource,
  toldPlan,
  writePlans,
  type TablePlace,
} from './split-files.ts';

export interface ExperimentWritten {
  /** Path of the folder with the test set, in that of the table. */
  readonly folder: string;
  /** Path of the folder with the validation sets: what `train` is given. */
  readonly validation: string;
}

/** @throws those of `planExperiment`, before anything is written */
export async function* prepareExperiment(
  place: TablePlace,
  options: ExperimentOptions,
): Job<ExperimentWritten> {
  const source = await readSource(place);
  const others = await labelsFor(place, source, columnsForSplit(EXPERIMENT_DEFAULTS));
  const { split, validation } = planExperiment(source, others, options);
  yield* toldPlan(split);
  yield* toldPlan(validation);
  const folder = await freeName(place.folder, split.folder);
  const inside = `${folder}/${validation.folder}`;
  yield* writePlans(place.folder, [
    [folder, split],
    [inside, validation],
  ]);
  return { folder, validation: inside };
}
