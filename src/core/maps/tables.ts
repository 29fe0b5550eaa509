/** The tables of a MAPS as text: columns, their order and the way numbers print are 1.6.1's. */
import type { Task as TaskKind } from '../config/schema.ts';
import type { CalibrationBin } from '../metrics/calibration.ts';
import type { MetricValue, Metrics } from '../metrics/classification.ts';
import type { PartPrediction } from '../metrics/ensemble.ts';
import { RECONSTRUCTION_METRICS } from '../metrics/reconstruction.ts';
import type { MetricWithInterval } from '../metrics/report.ts';
import type { EnsemblePrediction } from '../metrics/split-ensemble.ts';
import type { SessionKey } from '../tsv/sessions.ts';
import { writeTable } from '../tsv/table.ts';
import { printCell, type Cell } from './cells.ts';
import type { Mode } from './layout.ts';

/** One evaluation of the training and validation sets. `loss` is the last of the metrics. */
export interface TrainingRow {
  readonly epoch: number;
  readonly iteration: number;
  /** Seconds since the training started. */
  readonly time: number;
  readonly train: Metrics;
  readonly validation: Metrics;
}

/** A session of a group, and its label when the task has one. */
export interface GroupRow extends SessionKey {
  readonly cohort: string;
  readonly label?: Cell;
}

/** @param metrics - names without suffix, `loss` last. */
export function trainingTable(metrics: readonly string[], rows: readonly TrainingRow[]): string {
  return table([
    [
      ...['epoch', 'iteration', 'time'],
      ...metrics.map((name) => `${name}_train`),
      ...metrics.map((name) => `${name}_valid`),
    ],
    ...rows.map((row) => [
      BigInt(row.epoch),
      BigInt(row.iteration),
      row.time,
      ...metrics.map((name) => row.train.get(name) ?? ''),
      ...metrics.map((name) => row.validation.get(name) ?? ''),
    ]),
  ]);
}

/**
 * @param label - name of the label's column, undefined for a task without one.
 * @param indexed - train and validation start with a nameless index column, other groups do not.
 */
export function groupTable(
  rows: readonly GroupRow[],
  label: string | undefined,
  indexed: boolean,
): string {
  const columns = [
    'participant_id',
    'session_id',
    'cohort',
    ...(label === undefined ? [] : [label]),
  ];
  return table([
    indexed ? ['', ...columns] : columns,
    ...rows.map((row, index) => [
      ...(indexed ? [BigInt(index)] : []),
      ...[row.participant, row.session, row.cohort],
      ...(label === undefined ? [] : [row.label ?? '']),
    ]),
  ]);
}

export function sessionTable(sessions: readonly SessionKey[]): string {
  return table([
    ['participant_id', 'session_id'],
    ...sessions.map(({ participant, session }) => [participant, session]),
  ]);
}

/**
 * Predictions: codes and probabilities of a classification, values of a regression, figures of a
 * reconstruction.
 * @param mode - names the column of the part, also at image level, where the part is 0.
 */
export function predictionTable(
  kind: TaskKind,
  mode: Mode,
  classes: number,
  predictions: readonly PartPrediction[],
): string {
  return table(predictionRows(kind, mode, classes, predictions));
}

function predictionRows(
  kind: TaskKind,
  mode: Mode,
  classes: number,
  predictions: readonly PartPrediction[],
): (readonly Cell[])[] {
  const labels = ['true_label', 'predicted_label'];
  const columns = {
    classification: [...labels, ...Array.from({ length: classes }, (_, c) => `proba${c}`)],
    regression: labels,
    reconstruction: RECONSTRUCTION_METRICS,
  }[kind];
  return [
    ['participant_id', 'session_id', `${mode}_id`, ...columns],
    ...predictions.map((prediction) => [
      ...[prediction.participant, prediction.session, BigInt(prediction.part)],
      ...valuesOf(kind, prediction),
    ]),
  ];
}

function valuesOf(kind: TaskKind, prediction: PartPrediction): readonly Cell[] {
  const { truth, predicted, probabilities, figures = [] } = prediction;
  switch (kind) {
    case 'classification':
      return [BigInt(truth), BigInt(predicted), ...probabilities];
    case 'regression':
      return [truth, predicted];
    case 'reconstruction':
      return figures;
  }
}

/** As `predictionTable`, with the spread over the splits: `sd0`, ... beside `proba0`, or `sd`. */
export function ensembleTable(
  kind: 'classification' | 'regression',
  mode: Mode,
  classes: number,
  predictions: readonly EnsemblePrediction[],
): string {
  const spreads =
    kind === 'regression' ? ['sd'] : Array.from({ length: classes }, (_, c) => `sd${c}`);
  const [columns = [], ...rows] = predictionRows(kind, mode, classes, predictions);
  return table([
    [...columns, ...spreads],
    ...rows.map((row, index) => [...row, ...(predictions[index]?.spread ?? [])]),
  ]);
}

/** The reliability curve of a classification: how sure it was, and how often it was right. */
export function calibrationTable(bins: readonly CalibrationBin[]): string {
  return table([
    ['lower', 'upper', 'count', 'confidence', 'accuracy'],
    ...bins.map(({ lower, upper, count, confidence, accuracy }) => [
      ...[lower, upper, BigInt(count), confidence, accuracy],
    ]),
  ]);
}

/**
 * Metrics with their intervals, the transposed form: a line of names, then of values, bounds and
 * standard errors.
 * @param network - its number, which 1.6.1 repeats in a sixth line for each of several networks.
 */
export function intervalTable(metrics: readonly MetricWithInterval[], network?: number): string {
  const line = (name: string, cell: (metric: MetricWithInterval) => Cell) => [
    name,
    ...metrics.map(cell),
  ];
  const rows = [
    line('Metrics', ({ name }) => name),
    line('Values', ({ value }) => value),
    line('Lower bound CI', ({ interval }) => interval?.lower ?? 'N/A'),
    line('Upper bound CI', ({ interval }) => interval?.upper ?? 'N/A'),
    line('SE', ({ interval }) => interval?.standardError ?? 'N/A'),
  ];
  if (network !== undefined) rows.push(new Array<Cell>(metrics.length + 1).fill(BigInt(network)));
  return table(rows);
}

/** Metrics of the image after voting: one row, no intervals, no loss. */
export function plainMetricsTable(metrics: ReadonlyMap<string, MetricValue>): string {
  return table([[...metrics.keys()], [...metrics.values()]]);
}

function table(rows: readonly (readonly Cell[])[]): string {
  const [columns = [], ...others] = rows.map((row) => row.map(printCell));
  return writeTable({ columns, rows: others });
}
