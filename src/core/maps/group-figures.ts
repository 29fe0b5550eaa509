/**
 * The metrics of a group as someone reads them: those of the table, and which of them the group
 * leaves undefined, which the table does not say (metrics/undefined.ts).
 */
import type { Config } from '../config/schema.ts';
import type { PartPrediction } from '../metrics/ensemble.ts';
import type { MetricWithInterval } from '../metrics/report.ts';
import { undefinedMetrics } from '../metrics/undefined.ts';
import { classNames } from '../split/label-code.ts';
import type { Mode } from './layout.ts';
import type { Maps } from './reader.ts';
import type { MapsSplit } from './split-reader.ts';

export interface GroupFigure extends MetricWithInterval {
  /** The number of the table stands for 0/0. */
  readonly isUndefined: boolean;
}

/**
 * @param level - `image`, or the mode for its parts
 * @returns one list, or one a network
 * @throws CapsuleError FILE_NOT_FOUND where the group has no metrics; MAPS_DAMAGED
 */
export async function groupFigures(
  { parameters: { config } }: Maps,
  split: MapsSplit,
  metric: string,
  group: string,
  level: Mode,
): Promise<GroupFigure[][]> {
  const blocks = await split.groupMetrics(metric, group, level);
  // A MAPS that was exported without participants has metrics alone.
  const rows = split.hasTable(metric, group, level, 'prediction')
    ? await split.predictions(metric, group, level)
    : undefined;
  const isOnePart = config.multi_network && level !== 'image';
  return blocks.map((figures, network) => {
    const own = isOnePart ? rows?.filter(({ part }) => part === network) : rows;
    const missing = own === undefined ? undefined : undefinedBy(own, config);
    return figures.map((figure) => ({
      ...figure,
      isUndefined: missing === undefined ? isIntegerZero(figure) : missing.has(figure.name),
    }));
  });
}

function undefinedBy(rows: readonly PartPrediction[], config: Config): ReadonlySet<string> {
  const truth = rows.map((row) => row.truth);
  if (config.network_task === 'regression') {
    return new Set(new Set(truth).size < 2 ? ['R2_score'] : []);
  }
  if (config.network_task !== 'classification') return new Set();
  const classes = classNames(config.label_code ?? {}).length;
  const predicted = rows.map((row) => row.predicted);
  const isCode = (code: number) => code >= 0 && code < classes;
  if (![...truth, ...predicted].every(isCode)) return new Set();
  return undefinedMetrics(truth, predicted, classes);
}

/** Where predictions are not there: what tables have for some of the formulas that divide by 0. */
const isIntegerZero = ({ name, value }: MetricWithInterval): boolean =>
  value === 0n && /^(MCC|LR_plus|LR_minus)(-\d+)?$/.test(name);
