/** The part of the choice that decides who stands in which set: what undo and redo go through. */
import type { ExperimentChoice } from '../../jobs/session-api.ts';

export type Arrangement = Pick<
  ExperimentChoice,
  | ('label' | 'classes' | 'excluded' | 'validationShare' | 'testShare' | 'seed')
  | ('folds' | 'trainedFolds' | 'validLongitudinal' | 'ownSplit')
>;

export function arrangementOf(choice: ExperimentChoice): Arrangement {
  const { label, classes, excluded, validationShare, testShare, seed } = choice;
  const { folds, trainedFolds, validLongitudinal, ownSplit } = choice;
  return {
    ...{ label, classes, excluded, validationShare, testShare, seed },
    ...{ folds, trainedFolds, validLongitudinal, ownSplit },
  };
}
