/**
 * Where each option of an experiment is decided on the page: most in the form, some by the split or
 * the choice of network, some only on the command line, and some nowhere, as they change nothing here.
 */
import { describe, type Problem } from '../../core/errors.ts';
import { sameValue, valueOf } from '../../core/config/changes.ts';
import { optionsOf, type PartialConfig, type Task } from '../../core/config/schema.ts';

export type Place =
  | 'form'
  /** Follows from what is learnt and who is in which set. */
  | 'split'
  /** Chosen above the form, with the network. */
  | 'network'
  /** Needs a second folder or a file that the page does not open. */
  | 'command-line'
  /** Accepted, stored, and without effect in a browser. */
  | 'inert';

const PLACES: Readonly<Record<string, Place>> = {
  label: 'split',
  diagnoses: 'split',
  n_splits: 'split',
  split: 'split',
  valid_longitudinal: 'split',
  architecture: 'network',
  multi_network: 'network',
  ssda_network: 'command-line',
  multi_cohort: 'command-line',
  caps_target: 'command-line',
  tsv_target_lab: 'command-line',
  tsv_target_unlab: 'command-line',
  preprocessing_dict_target: 'command-line',
  transfer_path: 'command-line',
  transfer_selection_metric: 'command-line',
  nb_unfrozen_layer: 'command-line',
  gpu: 'inert',
  n_proc: 'inert',
  deterministic: 'inert',
  compensation: 'inert',
  use_extracted_features: 'inert',
  fully_sharded_data_parallel: 'inert',
  track_exp: 'inert',
  emissions_calculator: 'inert',
};

export const placeOf = (key: string): Place =>
  Object.hasOwn(PLACES, key) ? (PLACES[key] ?? 'form') : 'form';

/** Options whose value is a place on someone's disk: no link carries them. */
export const PATHS: ReadonlySet<string> = new Set([
  ...['caps_target', 'tsv_target_lab', 'tsv_target_unlab', 'preprocessing_dict_target'],
  'transfer_path',
]);

/** @returns CONFIG_VALUE for each given option that only the command line has, by its key */
export function refusedHere(
  given: PartialConfig,
  task: Task,
): { readonly key: string; readonly section: string; readonly problem: Problem }[] {
  return optionsOf(task).flatMap(({ section, key, option }) => {
    const value = valueOf(given, key);
    const isOther = value !== undefined && !sameValue(value, option.fallback);
    if (placeOf(key) !== 'command-line' || !isOther) return [];
    const problem = describe('CONFIG_VALUE', {
      expected: `"${key}" to be ${JSON.stringify(option.fallback)} on this page, which opens one folder`,
      found: JSON.stringify(value),
      action: `Leave "${key}" out, or train with it on the command line.`,
    });
    return [{ key, section, problem }];
  });
}
