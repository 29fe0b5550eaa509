/** The part of the choice that decides who stands in which set: what undo and redo go through. */
import { mergeConfig } from '../../core/config/parse.ts';
import { sharedOptions } from '../../core/config/shared-options.ts';
import type { Config, PartialConfig } from '../../core/config/schema.ts';
import type { ExperimentChoice } from '../../jobs/session-api.ts';
import { codesFit } from './config-choice.ts';

type OfChoice = Pick<
  ExperimentChoice,
  'classes' | 'excluded' | 'validationShare' | 'testShare' | 'folds' | 'trainedFolds' | 'ownSplit'
>;
type OfConfig = Pick<Config, 'network_task' | 'label' | 'seed' | 'valid_longitudinal'>;
export type Arrangement = OfChoice & OfConfig;

export function arrangementOf(choice: ExperimentChoice): Arrangement {
  const { classes, excluded, validationShare, testShare, folds, trainedFolds, ownSplit } = choice;
  const { network_task, label, seed, valid_longitudinal } = choice.config;
  return {
    ...{ classes, excluded, validationShare, testShare, folds, trainedFolds, ownSplit },
    ...{ network_task, label, seed, valid_longitudinal },
  };
}

/**
 * @param ofTask - options of the arrangement's task that mean nothing in the one before; its defaults
 *   where none are given
 * @returns the choice with the sets arranged so; numbers of classes that are no more go
 */
export function arranged(
  choice: ExperimentChoice,
  arrangement: Arrangement,
  ofTask: PartialConfig = {},
): ExperimentChoice {
  const { network_task: task, label, seed, valid_longitudinal, ...ofChoice } = arrangement;
  const config =
    task === choice.config.network_task
      ? choice.config
      : mergeConfig(task, ofTask, sharedOptions(choice.config, task));
  const arrangedConfig = { ...config, label, seed, valid_longitudinal };
  const codes = codesFit(arrangedConfig, ofChoice.classes) ? {} : { label_code: {} };
  return { ...choice, ...ofChoice, config: { ...arrangedConfig, ...codes } };
}
