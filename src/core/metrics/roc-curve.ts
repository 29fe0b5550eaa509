/**
 * The ROC curve of a class against the rest, with a band that is drawn by vertical averaging over
 * bootstrap resamples (Fawcett 2006, "An introduction to ROC analysis", section 8): at each false
 * positive rate the band holds 95 % of the resampled curves. It is a band point by point, not for
 * the curve as a whole.
 */
import type { RandomStream } from '../random/philox.ts';
import { bootstrap, RESAMPLES } from './bootstrap.ts';

export interface RocPoint {
  /** Elements that score at least this are called positive; Infinity at the first point. */
  readonly threshold: number;
  readonly falsePositiveRate: number;
  readonly truePositiveRate: number;
}

export interface RocBand {
  /** From 0 to 1 in equal steps. */
  readonly falsePositiveRate: readonly number[];
  /** Bounds of the true positive rate there. */
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

/** Steps of the band along the false positive rate. */
export const BAND_STEPS = 50;

/**
 * @param isPositive - whether each element is of the class
 * @param scores - of the class, one an element
 * @returns one point a different score, from the highest threshold down; none where all elements are
 * of the class, or none is
 */
export function rocCurve(isPositive: readonly boolean[], scores: readonly number[]): RocPoint[] {
  const ranking = rankingOf(isPositive, scores);
  const { positives, negatives } = tallyOf(ranking, allRows(scores.length));
  const [all, others] = [sumOf(positives), sumOf(negatives)];
  if (all === 0 || others === 0) return [];
  const points: RocPoint[] = [{ threshold: Infinity, falsePositiveRate: 0, truePositiveRate: 0 }];
  let [hits, alarms] = [0, 0];
  for (let rank = ranking.levels.length - 1; rank >= 0; rank--) {
    hits += positives[rank] as number;
    alarms += negatives[rank] as number;
    points.push({
      threshold: ranking.levels[rank] as number,
      falsePositiveRate: alarms / others,
      truePositiveRate: hits / all,
    });
  }
  return points;
}

/**
 * @param random - a stream of its own, so that the band is the same in every run
 * @returns undefined where there is nothing to draw again: fewer than two of a kind
 */
export function rocBand(
  isPositive: readonly boolean[],
  scores: readonly number[],
  random: RandomStream,
  resamples = RESAMPLES,
): RocBand | undefined {
  const positive = isPositive.filter(Boolean).length;
  if (positive < 2 || isPositive.length - positive < 2) return undefined;
  const ranking = rankingOf(isPositive, scores);
  const statistics = (rows: Uint32Array) => heightsOf(ranking, rows);
  const intervals = bootstrap(scores.length, statistics, random, resamples) ?? [];
  return {
    falsePositiveRate: intervals.map((_, step) => step / BAND_STEPS),
    lower: intervals.map(({ lower }) => lower),
    upper: intervals.map(({ upper }) => upper),
  };
}

/**
 * @param points - of `rocCurve`
 * @returns the true positive rate at a false positive rate, linear between points; the highest one
 * where the curve goes straight up
 */
export function heightAt(points: readonly RocPoint[], falsePositiveRate: number): number {
  let after = points.findIndex((point) => point.falsePositiveRate > falsePositiveRate);
  if (after < 0) after = points.length;
  const from = points[after - 1];
  const to = points[after];
  if (from === undefined) return NaN;
  if (to === undefined) return from.truePositiveRate;
  const run = to.falsePositiveRate - from.falsePositiveRate;
  const share = (falsePositiveRate - from.falsePositiveRate) / run;
  return from.truePositiveRate + share * (to.truePositiveRate - from.truePositiveRate);
}

interface Ranking {
  readonly ranks: Uint32Array;
  readonly isPositive: readonly boolean[];
  /** Different scores, ascending. */
  readonly levels: readonly number[];
}

function rankingOf(isPositive: readonly boolean[], scores: readonly number[]): Ranking {
  const levels = [...new Set(scores)].sort((a, b) => a - b);
  const rankOf = new Map(levels.map((score, rank) => [score, rank]));
  return {
    ranks: Uint32Array.from(scores, (score) => rankOf.get(score) as number),
    isPositive,
    levels,
  };
}

function tallyOf({ ranks, isPositive, levels }: Ranking, rows: Uint32Array) {
  const positives = new Uint32Array(levels.length);
  const negatives = new Uint32Array(levels.length);
  for (const row of rows) {
    const counts = isPositive[row] === true ? positives : negatives;
    const rank = ranks[row] as number;
    counts[rank] = (counts[rank] as number) + 1;
  }
  return { positives, negatives };
}

/** Of a resample: the curve's height at every step; NaN throughout where a kind was not drawn. */
function heightsOf(ranking: Ranking, rows: Uint32Array): number[] {
  const { positives, negatives } = tallyOf(ranking, rows);
  const [all, others] = [sumOf(positives), sumOf(negatives)];
  const heights = new Array<number>(BAND_STEPS + 1).fill(NaN);
  if (all === 0 || others === 0) return heights;
  let [x, y, hits, alarms, step] = [0, 0, 0, 0, 0];
  for (let rank = positives.length - 1; rank >= 0; rank--) {
    hits += positives[rank] as number;
    alarms += negatives[rank] as number;
    const [nextX, nextY] = [alarms / others, hits / all];
    // A step is settled once the curve has gone past it: where it goes straight up, at the top.
    while (step / BAND_STEPS < nextX) {
      heights[step] = y + ((step / BAND_STEPS - x) / (nextX - x)) * (nextY - y);
      step += 1;
    }
    [x, y] = [nextX, nextY];
  }
  heights.fill(1, step);
  return heights;
}

const allRows = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i);
const sumOf = (counts: Uint32Array): number => counts.reduce((sum, count) => sum + count, 0);
