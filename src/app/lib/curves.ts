/**
 * What the charts draw, from what a job tells: one line for the loss of every batch, and for each
 * figure one line a set with a point an epoch.
 */
import type { BatchEvent, EvaluationEvent } from '../../jobs/events.ts';
import type { ModelSummary } from '../../jobs/session-api.ts';

export interface Curve {
  readonly name: string;
  /** Which of the page's colours it has. */
  readonly set: 'train' | 'validation' | 'batch' | 'trend';
  /** As long as the chart's `x`; null where nothing was measured. */
  readonly y: readonly (number | null)[];
}

export interface ChartData {
  readonly x: readonly number[];
  readonly curves: readonly Curve[];
}

export type CurveNames = Readonly<Record<Curve['set'], string>>;

/** More points than a chart has pixels cost time and show nothing. */
const MOST_POINTS = 3000;

/**
 * Loss of each batch and its running mean, over batches counted from 1. Of very many the smallest and
 * the largest of each stretch are drawn, so that no peak is lost.
 * @param smoothing - weight of the past in the mean, 0 to 1; at 0 there is none
 */
export function batchCurves(
  batches: readonly BatchEvent[],
  names: CurveNames,
  smoothing = 0.9,
): ChartData {
  const losses = batches.map(({ loss }) => (Number.isFinite(loss) ? loss : null));
  const shown = extremes(losses, MOST_POINTS);
  const trend = smoothing === 0 ? undefined : runningMean(losses, smoothing);
  const at = (values: readonly (number | null)[]) => shown.map((index) => values[index] ?? null);
  return {
    x: shown.map((index) => index + 1),
    curves: [
      { name: names.batch, set: 'batch', y: at(losses) },
      ...(trend ? [{ name: names.trend, set: 'trend' as const, y: at(trend) }] : []),
    ],
  };
}

/** @returns at most `most` places in their order: of each stretch where it is smallest and largest */
export function extremes(values: readonly (number | null)[], most: number): number[] {
  if (values.length <= most) return values.map((_, index) => index);
  const stretch = Math.ceil((2 * values.length) / most);
  const places: number[] = [];
  for (let start = 0; start < values.length; start += stretch) {
    let [low, high] = [start, start];
    for (let at = start + 1; at < Math.min(start + stretch, values.length); at++) {
      if ((values[at] ?? Infinity) < (values[low] ?? Infinity)) low = at;
      if ((values[at] ?? -Infinity) > (values[high] ?? -Infinity)) high = at;
    }
    places.push(...(low === high ? [low] : [Math.min(low, high), Math.max(low, high)]));
  }
  return places;
}

/**
 * Exponentially weighted mean, corrected for its start (Kingma & Ba 2015, section 3).
 * @param keep - weight of the past, 0 to 1
 */
export function runningMean(values: readonly (number | null)[], keep: number): (number | null)[] {
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    if (value === null) return weight === 0 ? null : sum / weight;
    sum = keep * sum + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return sum / weight;
  });
}

/** Names of what can be drawn by epoch: the loss, then the metrics in the order of the first row. */
export function figureNames(evaluations: readonly EvaluationEvent[]): string[] {
  const metrics = Object.keys(evaluations[0]?.train.metrics ?? {});
  return ['loss', ...metrics.filter((name) => name !== 'loss')];
}

/** One figure of both sets by epoch; the loss is the mean over batches. Epochs count from 1. */
export function epochCurves(
  evaluations: readonly EvaluationEvent[],
  figure: string,
  names: CurveNames,
): ChartData {
  const rows = lastOfEachEpoch(evaluations);
  const curve = (set: 'train' | 'validation'): Curve => ({
    name: names[set],
    set,
    y: rows.map((row) => {
      const value = figure === 'loss' ? row[set].meanLoss : row[set].metrics[figure];
      return value !== undefined && Number.isFinite(value) ? value : null;
    }),
  });
  return { x: rows.map(({ epoch }) => epoch + 1), curves: [curve('train'), curve('validation')] };
}

/** Mean losses of a stored model by epoch. */
export function storedCurves(history: ModelSummary['history'], names: CurveNames): ChartData {
  const rows = lastOfEachEpoch(history);
  const curve = (set: 'train' | 'validation'): Curve => ({
    name: names[set],
    set,
    y: rows.map((row) => (Number.isFinite(row[set]) ? row[set] : null)),
  });
  return { x: rows.map(({ epoch }) => epoch + 1), curves: [curve('train'), curve('validation')] };
}

/** An epoch may be evaluated several times; its last row stands for it. */
export function lastOfEachEpoch<Row extends { readonly epoch: number }>(
  rows: readonly Row[],
): Row[] {
  const byEpoch = new Map<number, Row>();
  for (const row of rows) byEpoch.set(row.epoch, row);
  return [...byEpoch.values()];
}
