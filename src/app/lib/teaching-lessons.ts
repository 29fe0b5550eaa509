/**
 * The deliberate mistakes of teaching mode: what each changes, how it is put right, and what is read
 * off a run of it. All of them run on sample brains; the program's own rules hold for them as always.
 */
import type { PartialConfig } from '../../core/config/schema.ts';
import type {
  CohortMistake,
  CohortSummary,
  ExperimentChoice,
  MetricFigure,
  Mistake,
  ModelSummary,
  Plan,
  Problem,
  SampleOptions,
} from '../../jobs/session-api.ts';

export { MISTAKES } from '../../core/sample/mistakes.ts';

/** A cohort is compared scan by scan at once up to so many; app-state.svelte.ts has the number. */
const MOST = 48;
/** How much too long the steps are. */
export const RATE_FACTOR = 100;

/** @returns the cohort that a mistake needs; undefined for one of the configuration alone */
export function cohortOf(mistake: Mistake): CohortMistake | undefined {
  return mistake === 'learning-rate' ? undefined : mistake;
}

/** @returns the sample to make for it: where each brain stands twice, there are as many brains */
export function sampleFor(mistake: CohortMistake, sample: SampleOptions): SampleOptions {
  const { participants } = sample;
  const wanted = mistake === 'leak' ? Math.min(MOST, 2 * participants) : participants;
  return { ...sample, participants: wanted, mistake };
}

/** @returns what the mistake changes in the configuration */
export function wrongOptions(mistake: Mistake, { config }: ExperimentChoice): PartialConfig {
  if (mistake === 'scaling') return { normalize: false };
  if (mistake === 'learning-rate') return { learning_rate: RATE_FACTOR * config.learning_rate };
  return {};
}

/** @returns who stands in a leaking cohort under a second name, as `participant/session` */
export function secondNames({ rows }: Pick<CohortSummary, 'rows'>): string[] {
  // The table lists every brain once before it lists one again.
  return rows
    .slice(Math.ceil(rows.length / 2))
    .map(({ participant, session }) => `${participant}/${session}`);
}

/** What is seen of one run. */
export interface LessonRun {
  /** What the audit said of its sets, and of what. */
  readonly verdict: Plan['audit']['verdict'] | undefined;
  readonly findings: readonly { readonly code: string; readonly count: number }[];
  /** Mean loss over the training set after the first and the last epoch; absent where it broke off. */
  readonly firstLoss?: number | undefined;
  readonly lastLoss?: number | undefined;
  /** Largest loss of a single batch. */
  readonly worstBatch?: number | undefined;
  /** Balanced accuracy. */
  readonly train?: MetricFigure | undefined;
  readonly validation?: MetricFigure | undefined;
  readonly test?: MetricFigure | undefined;
  /** Sessions of the test set. */
  readonly tested?: number | undefined;
  /** Why it did not come to its end. */
  readonly stopped?: Problem | undefined;
  readonly model?: ModelSummary | undefined;
}

/**
 * @param model - undefined when the run broke off
 * @param losses - of its batches, in order
 */
export function lessonRun(
  plan: Plan | undefined,
  model: ModelSummary | undefined,
  losses: readonly number[],
  stopped: Problem | undefined,
): LessonRun {
  const [metric] = model?.selectionMetrics ?? [];
  const result = (group: string) =>
    model?.results.find((one) => one.group === group && one.selectionMetric === metric);
  const rows = model?.history ?? [];
  const perEpoch = new Map(rows.map((row) => [row.epoch, row.train]));
  const ends = [...perEpoch.values()].filter(Number.isFinite);
  const finite = losses.filter(Number.isFinite);
  return {
    verdict: plan?.audit.verdict,
    findings: (plan?.audit.findings ?? [])
      .filter(({ severity }) => severity === 'error')
      .map(({ code, count }) => ({ code, count })),
    ...{ firstLoss: ends[0], lastLoss: ends.at(-1) },
    worstBatch: finite.length === 0 ? undefined : Math.max(...finite),
    train: result('train')?.metrics['BA'],
    validation: result('validation')?.metrics['BA'],
    test: result('test')?.metrics['BA'],
    tested: result('test')?.predictions.length,
    ...{ stopped, model },
  };
}

/** What the numbers say of the symptom, so that the page claims no more than what was seen. */
export type Seen = 'as-expected' | 'not-this-time' | 'stopped';

/** Two classes, guessed. */
const CHANCE = 0.5;
/** Loss of one who guesses: the logarithm of two. */
const GUESSING = Math.LN2;

/** @returns undefined before there is a run */
export function symptomOf(mistake: Mistake, wrong: LessonRun | undefined): Seen | undefined {
  if (wrong === undefined) return undefined;
  if (wrong.stopped !== undefined) return 'stopped';
  const test = wrong.test?.value ?? NaN;
  const seen = {
    // There is nothing to learn, and it does better than guessing.
    leak: test >= 0.65,
    scaling: test <= 0.65 || (wrong.lastLoss ?? 0) > 0.6,
    labels: Math.abs(test - CHANCE) <= 0.2,
    'learning-rate': (wrong.worstBatch ?? 0) > 5 || (wrong.lastLoss ?? 0) > 0.9 * GUESSING,
  }[mistake];
  return seen ? 'as-expected' : 'not-this-time';
}

/** Whether a mistake can be tried now. */
export type Hindrance = 'busy' | 'own-data' | 'no-gpu' | undefined;

/** Only with sample brains open, or nothing: nobody's own data are touched. */
export function hindranceOf(
  isBusy: boolean,
  cohort: Pick<CohortSummary, 'sample'> | undefined,
  device: 'gpu' | 'software' | 'none' | undefined,
): Hindrance {
  if (cohort?.sample === false) return 'own-data';
  if (device === 'none') return 'no-gpu';
  return isBusy ? 'busy' : undefined;
}
