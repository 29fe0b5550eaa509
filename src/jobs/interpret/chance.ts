/**
 * Whether a network learned anything at all: what it says of its validation set, beside what guessing
 * would give. Maps of a network that learned nothing look like maps all the same.
 */
import { describe, CapsuleError, type Problem } from '../../core/errors.ts';
import type { MapsSplit } from '../../core/maps/split-reader.ts';
import type { PartPrediction } from '../../core/metrics/ensemble.ts';
import { classificationReport } from '../../core/metrics/report.ts';
import { stream } from '../../core/random/philox.ts';
import type { Model } from '../shared/model.ts';

/** Of a split, what is looked at. */
export type Validated = Pick<MapsSplit, 'name' | 'predictions'>;

/** BA of guessing, of each class against the others. */
const GUESSING = 0.5;

/** What is known of a network's learning: an accuracy above guessing, one that is not, or nothing. */
export type Learning =
  | { readonly state: 'learned' | 'unknown' }
  | { readonly state: 'chance'; readonly problem: Problem };

/** @returns with the problem to tell where validation is near chance */
export async function learningOf(
  model: Pick<Model, 'task' | 'classes' | 'config'>,
  split: Validated,
  metric: string,
): Promise<Learning> {
  const rows = await validationOf(split, metric);
  if (rows.length === 0) return { state: 'unknown' };
  const found = model.task.kind === 'classification' ? guessed(rows, model) : unexplained(rows);
  if (found === undefined) return { state: 'learned' };
  const steps = [split.name, `best-${metric}`];
  return { state: 'chance', problem: describe('INTERPRET_CHANCE', { steps, found }) };
}

/** @returns how good it is, where the interval of the BA reaches down to guessing */
function guessed(
  rows: readonly PartPrediction[],
  { classes, config }: Pick<Model, 'classes' | 'config'>,
): string | undefined {
  const truth = rows.map((row) => row.truth);
  const predicted = rows.map((row) => row.predicted);
  const random = stream(config.seed, 'chance');
  const report = classificationReport(truth, predicted, classes.length, random);
  const accuracies = report.filter(({ name }) => /^BA(-|$)/.test(name));
  const value = mean(accuracies.map((metric) => Number(metric.value)));
  const lower = mean(accuracies.map(({ interval }) => interval?.lower ?? -Infinity));
  if (lower > GUESSING) return undefined;
  const range = Number.isFinite(lower) ? `, its 95 % interval from ${lower.toFixed(2)}` : '';
  return `validation BA ${value.toFixed(2)}${range}, where guessing gives ${GUESSING}`;
}

/** @returns how good it is, where the mean of the values would predict as well */
function unexplained(rows: readonly PartPrediction[]): string | undefined {
  const middle = mean(rows.map(({ truth }) => truth));
  const missed = rows.reduce((sum, { truth, predicted }) => sum + (truth - predicted) ** 2, 0);
  const spread = rows.reduce((sum, { truth }) => sum + (truth - middle) ** 2, 0);
  if (spread === 0 || missed < spread) return undefined;
  return `validation R2 ${(1 - missed / spread).toFixed(2)}, where the mean of all gives 0`;
}

async function validationOf(split: Validated, metric: string): Promise<PartPrediction[]> {
  try {
    return await split.predictions(metric, 'validation', 'image');
  } catch (thrown) {
    // A MAPS may come without them: then nothing can be said.
    if (thrown instanceof CapsuleError) return [];
    throw thrown;
  }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
