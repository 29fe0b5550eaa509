/**
 * The experiment that the page proposes for a cohort: ClinicaDL's defaults, made shorter for the
 * sample, and the label that is most likely meant.
 */
import { labelColumn } from '../../core/config/label-column.ts';
import { mergeConfig } from '../../core/config/parse.ts';
import type { PartialConfig, Task } from '../../core/config/schema.ts';
import type { CohortSummary, ExperimentChoice, LabelColumn } from '../../jobs/session-api.ts';
import { numbersOf } from './distribution.ts';
import type { HashOptions } from './hash-options.ts';

const likelyLabels = ['diagnosis', 'group', 'dx', 'sex'];

/** @returns the column to start with; undefined when none can be classified. */
export function likelyLabel(columns: readonly LabelColumn[]): LabelColumn | undefined {
  const possible = columns.filter((column) => column.classifiable);
  const named = likelyLabels.flatMap((name) =>
    possible.filter((column) => column.name.toLowerCase() === name),
  );
  return named[0] ?? possible[0];
}

/** @returns the values that take part at first: AD and CN where both occur, else all. */
export function likelyClasses(column: LabelColumn): string[] {
  const values = column.values.map(({ value }) => value).filter((value) => value !== '');
  const canonical = ['AD', 'CN'];
  return canonical.every((value) => values.includes(value)) ? canonical : [...values].sort();
}

/** Sessions that can take part and are not left out. */
function takingRows(
  cohort: CohortSummary,
  excluded: readonly string[],
): readonly CohortSummary['rows'][number][] {
  const out = new Set(excluded);
  return cohort.rows.filter(
    ({ participant, session, path, damaged }) =>
      path !== '' && !damaged && !out.has(`${participant}/${session}`),
  );
}

/** @returns how many sessions that are not left out have a number for the chosen label. */
export function numberCount(
  cohort: CohortSummary,
  { config, excluded }: Pick<ExperimentChoice, 'config' | 'excluded'>,
): number {
  const label = labelColumn(config);
  const cells = takingRows(cohort, excluded).map((row) => row.cells[label] ?? '');
  return numbersOf(cells).length;
}

/** @returns the values of the chosen label, and how many sessions that are not left out have each. */
export function classCounts(
  cohort: CohortSummary,
  { config, excluded }: Pick<ExperimentChoice, 'config' | 'excluded'>,
): { readonly value: string; readonly count: number }[] {
  const label = labelColumn(config);
  const taking = takingRows(cohort, excluded);
  const values = cohort.columns.find(({ name }) => name === label)?.values ?? [];
  return values.map(({ value }) => ({
    value,
    count: taking.filter(({ cells }) => cells[label]?.trim() === value).length,
  }));
}

/** @returns the numeric column to start with: an age where there is one. */
export function likelyNumber({
  columns,
  roles,
}: Pick<CohortSummary, 'columns' | 'roles'>): LabelColumn | undefined {
  const numeric = columns.filter((column) => column.numeric);
  const age = numeric.find(({ name }) => name === roles?.age || name.toLowerCase() === 'age');
  return age ?? numeric.find((column) => !column.classifiable) ?? numeric[0];
}

/** @returns columns that can be learnt in a task; none where there is no label. */
export function labelColumns(columns: readonly LabelColumn[], task: Task): LabelColumn[] {
  if (task === 'reconstruction') return [];
  return columns.filter((column) => (task === 'regression' ? column.numeric : column.classifiable));
}

/** @returns the label, and the classes of it, that a task starts with. */
export function learntIn(
  task: Task,
  cohort: Pick<CohortSummary, 'columns' | 'roles'>,
): { readonly label: string | null; readonly classes: readonly string[] } {
  if (task === 'reconstruction') return { label: null, classes: [] };
  if (task === 'regression') return { label: likelyNumber(cohort)?.name ?? '', classes: [] };
  const column = likelyLabel(cohort.columns);
  return { label: column?.name ?? '', classes: column === undefined ? [] : likelyClasses(column) };
}

/** @returns the options of a task that the page proposes: those that differ from ClinicaDL's defaults. */
export function proposedOptions(task: Task, sample: boolean): PartialConfig {
  const learning = sample ? { learning_rate: 0.001 } : {};
  if (task === 'reconstruction') {
    return { architecture: sample ? 'AE_Conv4_FC3' : 'AE_Conv5_FC3', ...learning };
  }
  return {
    architecture: sample ? 'Conv4_FC3' : 'Conv5_FC3',
    selection_metrics: ['loss', task === 'regression' ? 'MAE' : 'BA'],
    ...learning,
  };
}

/** @param options - of the address; what its link asks for is put on top by `choiceWith` */
export function defaultChoice(cohort: CohortSummary, options: HashOptions): ExperimentChoice {
  const column = likelyLabel(cohort.columns);
  const { sample } = cohort;
  return {
    preprocessing: cohort.preprocessing,
    mode: { mode: 'image' },
    classes: column === undefined ? [] : likelyClasses(column),
    validationShare: 0.2,
    testShare: 0.2,
    excluded: [],
    config: mergeConfig('classification', {
      ...proposedOptions('classification', sample),
      label: column?.name ?? '',
      epochs: options.epochs ?? 20,
      batch_size: options.batchSize ?? (sample ? 4 : 8),
    }),
  };
}

/** @returns whether sets can be drawn: a classification needs a label and two classes. */
export function isPlannable({ config, classes }: ExperimentChoice): boolean {
  if (config.network_task === 'reconstruction') return true;
  if (labelColumn(config) === '') return false;
  return config.network_task === 'regression' || classes.length >= 2;
}

/** The numbers that the sets are drawn by, with what is allowed: the rules themselves allow more. */
export const limits = {
  validationShare: { min: 0.05, max: 0.5, step: 0.05 },
  testShare: { min: 0, max: 0.5, step: 0.05 },
  seed: { min: 0, max: 4_294_967_295, step: 1 },
} as const;

export type NumberSetting = keyof typeof limits;

/** @returns the value of a setting, wherever the choice keeps it. */
export function settingOf(choice: ExperimentChoice, setting: NumberSetting): number {
  return setting === 'seed' ? choice.config.seed : choice[setting];
}

/** @returns whether `value` may be used for `setting`. */
export function isAllowed(setting: NumberSetting, value: number): boolean {
  const { min, max, step } = limits[setting];
  const whole = step === 1 ? Number.isInteger(value) : Number.isFinite(value);
  return whole && value >= min && value <= max;
}
