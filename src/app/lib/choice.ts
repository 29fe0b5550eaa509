/**
 * The experiment that the page proposes for a cohort: ClinicaDL's defaults, made shorter for the
 * sample, and the label that is most likely meant.
 */
import type { CohortSummary, ExperimentChoice, LabelColumn } from '../../jobs/session-api.ts';
import type { HashOptions } from './hash-options.ts';

export const architectures = ['Conv4_FC3', 'Conv5_FC3'] as const;

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

/** @returns the values of the chosen label, and how many sessions that are not left out have each. */
export function classCounts(
  cohort: CohortSummary,
  { label, excluded }: Pick<ExperimentChoice, 'label' | 'excluded'>,
): { readonly value: string; readonly count: number }[] {
  const out = new Set(excluded);
  const taking = cohort.rows.filter(
    ({ participant, session, path, damaged }) =>
      path !== '' && !damaged && !out.has(`${participant}/${session}`),
  );
  const values = cohort.columns.find(({ name }) => name === label)?.values ?? [];
  return values.map(({ value }) => ({
    value,
    count: taking.filter(({ cells }) => cells[label]?.trim() === value).length,
  }));
}

export function defaultChoice(cohort: CohortSummary, options: HashOptions): ExperimentChoice {
  const column = likelyLabel(cohort.columns);
  const { sample } = cohort;
  return {
    preprocessing: cohort.preprocessing,
    label: column?.name ?? '',
    classes: column === undefined ? [] : likelyClasses(column),
    architecture: sample ? 'Conv4_FC3' : 'Conv5_FC3',
    validationShare: 0.2,
    testShare: 0.2,
    excluded: [],
    epochs: options.epochs ?? 20,
    batchSize: options.batchSize ?? (sample ? 4 : 8),
    learningRate: sample ? 0.001 : 0.0001,
    optimizer: 'Adam',
    weightDecay: 0.0001,
    dropout: 0,
    patience: 0,
    seed: 0,
    halfPrecision: false,
  };
}

/** The numbers a person may set, with what is allowed: the engine's own limits are wider. */
export const limits = {
  validationShare: { min: 0.05, max: 0.5, step: 0.05 },
  testShare: { min: 0, max: 0.5, step: 0.05 },
  epochs: { min: 1, max: 1000, step: 1 },
  batchSize: { min: 1, max: 64, step: 1 },
  learningRate: { min: 1e-7, max: 1, step: 'any' },
  weightDecay: { min: 0, max: 1, step: 'any' },
  dropout: { min: 0, max: 0.9, step: 0.05 },
  patience: { min: 0, max: 1000, step: 1 },
  seed: { min: 0, max: 4_294_967_295, step: 1 },
} as const;

export type NumberSetting = keyof typeof limits;

/** @returns whether `value` may be used for `setting`. */
export function isAllowed(setting: NumberSetting, value: number): boolean {
  const { min, max, step } = limits[setting];
  const whole = step === 1 ? Number.isInteger(value) : Number.isFinite(value);
  return whole && value >= min && value <= max;
}
