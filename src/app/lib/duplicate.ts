/** The settings of a kept experiment, for another training on whatever cohort is open. */
import type { CohortSummary, ExperimentChoice, KeptSettings } from '../../jobs/session-api.ts';
import { choiceWith, type AskedChoice } from './config-choice.ts';

/**
 * Who is left out stays as it is here: it was said of this cohort. Sets are drawn as they were then,
 * where that is known.
 * @returns the choice, and what of it this cohort does not have
 */
export function duplicated(
  choice: ExperimentChoice,
  cohort: Pick<CohortSummary, 'columns' | 'roles'>,
  { config, mode, classes, folds, shares }: KeptSettings,
): AskedChoice {
  const given = { ...config, n_splits: folds ?? 0 };
  const base: ExperimentChoice = {
    ...{ ...choice, mode, ownSplit: undefined },
    ...(shares && { validationShare: shares.validation, testShare: shares.test }),
  };
  return choiceWith(base, cohort, config.network_task, given, { classes });
}
