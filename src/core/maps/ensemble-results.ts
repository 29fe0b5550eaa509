/**
 * What several splits say together about a group, in a folder of Capsule's own: the tables of a split
 * at image level, with columns for the spread over the splits.
 */
import type { MetricWithInterval } from '../metrics/report.ts';
import type { EnsemblePrediction } from '../metrics/split-ensemble.ts';
import { resultTablePath, type Mode } from './layout.ts';
import { descriptionLog, type Description } from './logs.ts';
import type { ScoreTables } from './results.ts';
import { calibrationTable, ensembleTable, intervalTable } from './tables.ts';

export interface EnsembleResults {
  readonly kind: 'classification' | 'regression';
  readonly mode: Mode;
  /** 0 but in a classification. */
  readonly classes: number;
  readonly predictions: readonly EnsemblePrediction[];
  /** With intervals; undefined where the group has no labels. */
  readonly metrics: readonly MetricWithInterval[] | undefined;
  readonly scores?: ScoreTables | undefined;
  readonly description: Description;
  /** Names of the splits. */
  readonly splits: readonly string[];
}

/** Paths and texts in the order of writing. */
export function ensembleTables(
  folder: string,
  group: string,
  { kind, mode, classes, predictions, metrics, scores }: EnsembleResults,
): [string, string][] {
  const path = (table: 'prediction' | 'metrics' | 'scores' | 'calibration') =>
    resultTablePath(folder, group, 'image', table);
  const tables: [string, string][] = [
    [path('prediction'), ensembleTable(kind, mode, classes, predictions)],
  ];
  if (metrics !== undefined) tables.push([path('metrics'), intervalTable(metrics)]);
  if (scores !== undefined) {
    tables.push([path('scores'), intervalTable(scores.metrics)]);
    tables.push([path('calibration'), calibrationTable(scores.calibration)]);
  }
  return tables;
}

export function ensembleLog({ description, splits }: EnsembleResults): string {
  return `${descriptionLog(description)}Mean of the models of: ${splits.join(', ')}\n`;
}
