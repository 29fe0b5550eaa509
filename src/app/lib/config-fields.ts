/** The options of a task as fields of a form: grouped as in the TOML, found by words, editable or not. */
import { changedOptions } from '../../core/config/changes.ts';
import { optionText } from '../../core/config/option-text.ts';
import { sectionsOf, type Config, type PlacedOption, type Task } from '../../core/config/schema.ts';
import { CLASSIFICATION_METRICS } from '../../core/metrics/classification.ts';
import { RECONSTRUCTION_METRICS } from '../../core/metrics/reconstruction.ts';
import { REGRESSION_METRICS } from '../../core/metrics/regression.ts';
import { placeOf } from './config-places.ts';

export interface FieldGroup {
  readonly section: string;
  readonly fields: readonly PlacedOption[];
}

export interface Wanted {
  /** Words that all must occur in the key, the name, the help or the section. */
  readonly search: string;
  readonly changedOnly: boolean;
  /** Keys whose field holds something that cannot be used: these count as changed. */
  readonly invalid: ReadonlySet<string>;
  /** Plain words by key and by section. */
  readonly wordsOf: (key: string, section: string) => string;
}

/** @returns sections that have a field, in the order of the TOML; those in place `form` or the others */
export function fieldGroups(config: Config, isHere: boolean, wanted: Wanted): FieldGroup[] {
  const changed = new Set(changedOptions(config).map(({ key }) => key));
  const words = wanted.search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return sectionsOf(config.network_task).flatMap(({ name: section, options }) => {
    const fields = Object.entries(options)
      .map(([key, option]) => ({ section, key, option }))
      .filter(({ key, option }) => {
        if ((placeOf(key) === 'form') !== isHere) return false;
        if (wanted.changedOnly && !changed.has(key) && !wanted.invalid.has(key)) return false;
        const text = `${key} ${section} ${option.help} ${wanted.wordsOf(key, section)}`;
        return words.every((word) => text.toLowerCase().includes(word));
      });
    return fields.length === 0 ? [] : [{ section, fields }];
  });
}

const METRICS: Readonly<Record<Task, readonly string[]>> = {
  classification: CLASSIFICATION_METRICS,
  regression: REGRESSION_METRICS,
  reconstruction: RECONSTRUCTION_METRICS,
};

/** @returns what may be named in a list, where that is known */
export function listChoices(
  { key, option }: PlacedOption,
  task: Task,
): readonly string[] | undefined {
  if (key === 'selection_metrics') return ['loss', ...METRICS[task]];
  // "None" stands for no change at all, as an empty list does.
  if (option.kind === 'names-or-false') return option.choices?.filter((name) => name !== 'None');
  return undefined;
}

/** @returns the text of the list with `name` in it or not, in the order of `choices` */
export function toggled(
  { option }: PlacedOption,
  value: unknown,
  name: string,
  choices: readonly string[],
): string {
  const names = new Set(Array.isArray(value) ? value.map(String) : []);
  if (!names.delete(name)) names.add(name);
  const known = choices.filter((one) => names.has(one));
  const others = [...names].filter((one) => !choices.includes(one) && one !== 'None');
  const list = [...known, ...others];
  if (list.length === 0 && option.kind === 'names-or-false') return 'false';
  return optionText(option, list);
}
