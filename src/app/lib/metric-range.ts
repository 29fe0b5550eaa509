/** Metrics that have a scale of their own can be drawn on it; the others are figures only. */
import type { MetricFigure } from '../../jobs/session-api.ts';
import { t } from '../strings.ts';

export interface Drawn {
  /** Places along the scale, 0 to 100. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Where the middle of a scale from -1 to 1 lies; undefined for one from 0 to 1. */
  readonly zero?: number;
}

const fromMinusOne = new Set(['MCC', 'MK']);
/** Those in the unit of what is predicted among them. */
const bounded = new Set([
  ...['BA', 'accuracy', 'sensitivity', 'specificity', 'AUC', 'F1_score', 'PPV', 'NPV', 'ECE'],
  ...['MCC', 'MK', 'R2_score', 'SSIM'],
]);

/** @returns where a metric and its interval lie; undefined when it has no scale or no value. */
export function drawnMetric(name: string, figure: MetricFigure): Drawn | undefined {
  if (!bounded.has(baseOf(name)) || !Number.isFinite(figure.value)) return undefined;
  const signed = fromMinusOne.has(baseOf(name));
  const place = (value: number): number => {
    const share = signed ? (value + 1) / 2 : value;
    return 100 * Math.max(0, Math.min(1, share));
  };
  const value = place(figure.value);
  const end = (bound: number | undefined): number =>
    bound === undefined || !Number.isFinite(bound) ? value : place(bound);
  return { value, low: end(figure.low), high: end(figure.high), ...(signed ? { zero: 50 } : {}) };
}

const order = [
  ...['BA', 'AUC', 'accuracy', 'sensitivity', 'specificity', 'F1_score', 'PPV', 'NPV'],
  ...['MAE', 'RMSE', 'R2_score', 'PSNR', 'SSIM', 'MCC', 'MK', 'LR_plus', 'LR_minus', 'ECE'],
];

/** The metrics that are asked for most first, the others as they come. */
export function sortedMetrics(
  metrics: Readonly<Record<string, MetricFigure>>,
): (readonly [string, MetricFigure])[] {
  const rank = (name: string): number => {
    const place = order.indexOf(baseOf(name));
    return place < 0 ? order.length : place;
  };
  return Object.entries(metrics).sort(([a], [b]) => rank(a) - rank(b));
}

/** `BA-2`, of one class against the rest, is `BA`. */
export function baseOf(name: string): string {
  return name.replace(/-\d+$/, '');
}

/** @param classes - names of the classes by code */
export function metricTitle(name: string, classes: readonly string[]): string {
  const base = baseOf(name);
  const title = t.results.metricNames[base] ?? t.evaluate.moreNames[base] ?? base;
  if (base === name) return title;
  const code = Number(name.slice(base.length + 1));
  return t.evaluate.ofClass(title, classes[code] ?? String(code));
}
