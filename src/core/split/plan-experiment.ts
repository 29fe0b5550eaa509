/**
 * `tsvtools prepare-experiment`: a test set, and in the folder of the split the validation sets of
 * those who are left, by folds or by a second split (https://clinicadl.readthedocs.io,
 * "prepare-experiment"). The input is a labels table: `get-labels` comes before it.
 */
import { CapsuleError } from '../errors.ts';
import type { NamedTable } from '../tsv/read-table.ts';
import { planFolds } from './plan-folds.ts';
import { planSplit, type SplitOptions } from './plan-split.ts';
import type { Compat, SetsPlan } from './set-tables.ts';

export interface ExperimentOptions {
  /** As for `split`; 0 is refused, because nobody would be left to train. */
  readonly nTest: number;
  readonly validationType: 'split' | 'kfold';
  /** Number of folds, or participants of the validation set as for `split`. */
  readonly nValidation: number;
  readonly seed: number;
  readonly compat?: Compat;
}

export interface ExperimentPlan {
  readonly split: SetsPlan;
  /** Goes into the folder of the split. */
  readonly validation: SetsPlan;
}

/** What 1.6.1 takes and does not let choose. */
export const EXPERIMENT_DEFAULTS = {
  validLongitudinal: false,
  pSexThreshold: 0.8,
  pAgeThreshold: 0.8,
  ignoreDemographics: false,
  multiDiagnoses: false,
} as const satisfies Partial<SplitOptions>;

/** @throws CONFIG_VALUE, and those of `planSplit` and `planFolds` */
export function planExperiment(
  source: NamedTable,
  others: readonly NamedTable[],
  options: ExperimentOptions,
): ExperimentPlan {
  const { nTest, validationType, nValidation, seed, compat } = options;
  if (nTest === 0 && compat === undefined) {
    throw new CapsuleError('CONFIG_VALUE', {
      expected: '"n_test" above 0',
      found: '0, which makes everyone test',
      action: 'Without a test set, use `tsvtools split` or `tsvtools kfold` on the labels.',
    });
  }
  const common = { ...EXPERIMENT_DEFAULTS, seed, compat };
  const split = planSplit(source, others, { ...common, subsetName: 'test', nTest });
  const left = split.tables.get('train.tsv') as NamedTable['table'];
  const train = { table: left, file: `${split.folder}/train.tsv` };
  const subset = { ...common, subsetName: 'validation' };
  const validation =
    validationType === 'kfold'
      ? planFolds(train, [], { ...subset, nSplits: Math.trunc(nValidation) })
      : planSplit(train, [], { ...subset, nTest: nValidation });
  return { split, validation };
}
