/**
 * A configuration from elsewhere (a TOML, a link) becomes the page's choice. What the file does not
 * say has ClinicaDL's default, but for the part that decides the sets, which then stays as it is:
 * a file without a label has nothing to say about what is learnt here.
 */
import { sameValue } from '../../core/config/changes.ts';
import { mergeConfig } from '../../core/config/parse.ts';
import type { Config, PartialConfig, Task } from '../../core/config/schema.ts';
import { describe, type Problem } from '../../core/errors.ts';
import type { CohortSummary, ExperimentChoice, LabelColumn } from '../../jobs/session-api.ts';
import { labelColumns, likelyClasses, likelyLabel, likelyNumber } from './choice.ts';

type Cohort = Pick<CohortSummary, 'columns' | 'roles'>;

export interface AskedChoice {
  readonly choice: ExperimentChoice;
  /** What was asked for and cannot be had from this cohort, with the key that asks. */
  readonly faults: readonly { readonly key: string; readonly problem: Problem }[];
}

/** Folds that the page draws. */
export const FOLDS = { min: 2, max: 10 } as const;

/**
 * @param base - options that hold where `given` has none; ClinicaDL's defaults when absent
 * @param classes - that take part, where someone says so
 */
export function choiceWith(
  choice: ExperimentChoice,
  cohort: Cohort,
  task: Task,
  given: PartialConfig,
  { base = {}, classes }: { base?: PartialConfig; classes?: readonly string[] | undefined } = {},
): AskedChoice {
  const faults: { key: string; problem: Problem }[] = [];
  const fault = (key: string, expected: string, found: string): void => {
    faults.push({ key, problem: describe('CONFIG_VALUE', { expected, found }) });
  };
  const label = labelFor(choice, cohort, task, given, fault);
  const column = cohort.columns.find(({ name }) => name === label);
  const taking =
    task === 'classification' ? classesFor(choice, column, { given, classes, fault }) : [];
  const folds = foldsFor(choice, given, fault);
  const trained = given.split ?? (given.n_splits === undefined ? choice.trainedFolds : undefined);
  const { seed, valid_longitudinal } = choice.config;
  const config: Config = {
    ...mergeConfig(task, given, { seed, valid_longitudinal }, base),
    label,
  };
  return {
    choice: {
      ...choice,
      ...{ config, classes: taking, folds },
      trainedFolds: trained?.filter((fold) => fold < (folds ?? 1)),
      ...(given.n_splits === undefined ? {} : { ownSplit: undefined }),
    },
    faults,
  };
}

type Fault = (key: string, expected: string, found: string) => void;

function labelFor(
  { config }: ExperimentChoice,
  cohort: Cohort,
  task: Task,
  { label: wanted }: PartialConfig,
  fault: Fault,
): string | null {
  if (task === 'reconstruction') return null;
  const possible = labelColumns(cohort.columns, task).map(({ name }) => name);
  if (typeof wanted === 'string') {
    if (possible.includes(wanted)) return wanted;
    const kind = task === 'regression' ? 'a column of numbers' : 'a column of classes';
    const found = cohort.columns.some(({ name }) => name === wanted)
      ? `"${wanted}"`
      : 'no such column';
    fault('label', `"label" to be ${kind}: ${possible.join(', ') || 'there is none'}`, found);
  }
  if (config.network_task === task && possible.includes(config.label ?? '')) return config.label;
  const likely = task === 'regression' ? likelyNumber(cohort) : likelyLabel(cohort.columns);
  return likely?.name ?? '';
}

function classesFor(
  choice: ExperimentChoice,
  column: LabelColumn | undefined,
  {
    given,
    classes,
    fault,
  }: { given: PartialConfig; classes: readonly string[] | undefined; fault: Fault },
): readonly string[] {
  if (column === undefined) return [];
  const values = column.values.map(({ value }) => value);
  const codes = Object.keys(given.label_code ?? {});
  // ClinicaDL's `diagnoses` are values of one column, whatever the label is.
  const diagnoses = column.name === 'diagnosis' ? given.diagnoses : undefined;
  const asked = [
    ...(classes === undefined ? [] : [{ key: 'classes', names: classes }]),
    ...(codes.length < 2 ? [] : [{ key: 'label_code', names: codes }]),
    ...(diagnoses === undefined ? [] : [{ key: 'diagnoses', names: diagnoses }]),
  ];
  for (const { key, names } of asked) {
    const known = [...new Set(names)].filter((name) => values.includes(name));
    if (known.length >= 2 && known.length === new Set(names).size) return known.sort();
    fault(key, `"${key}" to be values of ${column.name}: ${values.join(', ')}`, names.join(', '));
  }
  const { config } = choice;
  const stays = config.network_task === 'classification' && config.label === column.name;
  return stays ? choice.classes : likelyClasses(column);
}

function foldsFor(
  { folds }: ExperimentChoice,
  { n_splits: wanted }: PartialConfig,
  fault: Fault,
): number | undefined {
  if (wanted === undefined) return folds;
  if (wanted < FOLDS.min) return undefined;
  if (wanted <= FOLDS.max) return wanted;
  fault('n_splits', `"n_splits" to be at most ${FOLDS.max} on this page`, String(wanted));
  return folds;
}

/**
 * The configuration as it will be used: what follows from the sets is written into it, so that the
 * TOML says what the page does. A training writes the same (`configOf` of the session).
 */
export function usedConfig(choice: ExperimentChoice, cohort: Pick<CohortSummary, 'rows'>): Config {
  const { config, classes, folds = 0, trainedFolds = [] } = choice;
  const cells = cohort.rows.map(({ cells: own }) => own['diagnosis']?.trim() ?? '');
  const known = [...new Set(cells)].filter((value) => value !== '').sort();
  const ofDiagnosis = config.network_task === 'classification' && config.label === 'diagnosis';
  const diagnoses = ofDiagnosis ? [...classes] : known;
  return {
    ...config,
    diagnoses: diagnoses.length === 0 ? config.diagnoses : diagnoses,
    ...{ n_splits: folds, split: folds === 0 ? [] : [...trainedFolds].sort((a, b) => a - b) },
  };
}

/** @returns whether a code names exactly these classes; an empty one leaves it to the training. */
export const codesFit = (config: Config, classes: readonly string[]): boolean => {
  const names = Object.keys(config.label_code ?? {});
  return names.length === 0 || sameValue([...names].sort(), [...classes].sort());
};
