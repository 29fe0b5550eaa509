/** What networks say about a group, whatever the task, and the tables that it becomes. */
import type { Task as TaskKind } from '../config/schema.ts';
import type { CalibrationBin } from '../metrics/calibration.ts';
import type { MetricValue } from '../metrics/classification.ts';
import type { PartPrediction } from '../metrics/ensemble.ts';
import type { MetricWithInterval } from '../metrics/report.ts';
import { resultTablePath, type Mode, type ResultTable } from './layout.ts';
import type { Description } from './logs.ts';
import { calibrationTable, intervalTable, plainMetricsTable, predictionTable } from './tables.ts';

/** What a network, or one a part, says about a group. */
export interface TaskResults {
  readonly kind: TaskKind;
  readonly mode: Mode;
  /** 0 but in a classification. */
  readonly classes: number;
  /** One an image, patch, slice or region; those of several networks one after the other. */
  readonly predictions: readonly PartPrediction[];
  /**
   * Of each network with intervals and, at the end, the loss and its terms; undefined where the group
   * has no labels.
   */
  readonly metrics: readonly NetworkMetrics[] | undefined;
  /** What probabilities tell beyond 1.6.1; undefined without labels and classes. */
  readonly scores?: ScoreTables | undefined;
  /** From the parts together, for a mode other than image. */
  readonly image?: {
    readonly predictions: readonly PartPrediction[];
    readonly metrics: ReadonlyMap<string, MetricValue> | undefined;
    readonly scores?: ScoreTables | undefined;
  };
  readonly description: Description;
}

export interface NetworkMetrics {
  /** Its number, where there are several. */
  readonly network?: number;
  readonly metrics: readonly MetricWithInterval[];
}

/** In tables of their own, which readers of 1.6.1 pass over. */
export interface ScoreTables {
  /** Area under the curve and calibration error, with intervals. */
  readonly metrics: readonly MetricWithInterval[];
  readonly calibration: readonly CalibrationBin[];
}

/** Paths and texts in the order of writing. */
export function resultTables(
  folder: string,
  group: string,
  { kind, mode, classes, predictions, metrics, scores, image }: TaskResults,
): [string, string][] {
  const path = (level: Mode, table: ResultTable) => resultTablePath(folder, group, level, table);
  const scoreTables = (level: Mode, of: ScoreTables | undefined): [string, string][] =>
    of === undefined
      ? []
      : [
          [path(level, 'scores'), intervalTable(of.metrics)],
          [path(level, 'calibration'), calibrationTable(of.calibration)],
        ];
  const tables: [string, string][] = [
    [path(mode, 'prediction'), predictionTable(kind, mode, classes, predictions)],
  ];
  if (metrics !== undefined) {
    const blocks = metrics.map((block) => intervalTable(block.metrics, block.network));
    tables.push([path(mode, 'metrics'), blocks.join('')]);
  }
  tables.push(...scoreTables(mode, scores));
  if (image === undefined) return tables;
  const ofImage = predictionTable(kind, mode, classes, image.predictions);
  tables.push([path('image', 'prediction'), ofImage]);
  if (image.metrics !== undefined) {
    tables.push([path('image', 'metrics'), plainMetricsTable(image.metrics)]);
  }
  tables.push(...scoreTables('image', image.scores));
  return tables;
}
