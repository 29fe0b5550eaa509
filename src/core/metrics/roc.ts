/**
 * Area under the ROC curve: the probability that an element of the class scores higher than one of
 * another, ties counting half (Hanley and McNeil 1982). With two classes the positive one is code 0,
 * as in the other metrics; with more, each class stands against the rest.
 */
import type { RandomStream } from '../random/philox.ts';
import { bootstrap, RESAMPLES } from './bootstrap.ts';
import { calibrationError, type Judged } from './calibration.ts';
import type { Metrics } from './classification.ts';
import { withIntervals, type MetricWithInterval } from './report.ts';

/** A class against the rest, sorted once so that every resample is one pass. */
interface Ranking {
  /** Rank of each element's score, from 0; equal scores have the same. */
  readonly ranks: Uint32Array;
  readonly isPositive: readonly boolean[];
  /** How many different scores there are. */
  readonly levels: number;
}

/**
 * @param isPositive - whether each element is of the class
 * @param scores - of the class, one an element; any that rise with its probability
 * @returns the area, in [0, 1]; NaN where all elements are of the class, or none
 */
export function areaUnderCurve(isPositive: readonly boolean[], scores: readonly number[]): number {
  const rows = Uint32Array.from(scores, (_, row) => row);
  return areaOf(rankingOf(isPositive, scores), rows);
}

export interface Scored {
  /** Class code. */
  readonly truth: number;
  readonly predicted: number;
  readonly probabilities: readonly number[];
}

/**
 * What 1.6.1 does not have: `AUC` (`AUC-<class>` with more than two classes) and `ECE`, the expected
 * calibration error.
 * @param random - a stream of its own, so that intervals are the same in every run
 */
export function scoreReport(
  elements: readonly Scored[],
  classes: number,
  random: RandomStream,
  resamples = RESAMPLES,
): MetricWithInterval[] {
  const positives = classes <= 2 ? [0] : Array.from({ length: classes }, (_, code) => code);
  const rankings = positives.map((code) =>
    rankingOf(
      elements.map(({ truth }) => truth === code),
      elements.map(({ probabilities }) => probabilities[code] as number),
    ),
  );
  const judged = judgedOf(elements);
  const statistics = (rows: Uint32Array) => [
    ...rankings.map((ranking) => areaOf(ranking, rows)),
    calibrationError(judged, rows),
  ];
  const names = [...positives.map((code) => (classes <= 2 ? 'AUC' : `AUC-${code}`)), 'ECE'];
  const values = statistics(Uint32Array.from(elements, (_, row) => row));
  const metrics: Metrics = new Map(names.map((name, index) => [name, values[index] as number]));
  return withIntervals(metrics, bootstrap(elements.length, statistics, random, resamples));
}

/** @returns how sure each prediction was, and whether it was right. */
export function judgedOf(elements: readonly Scored[]): Judged[] {
  return elements.map(({ truth, predicted, probabilities }) => ({
    confidence: probabilities[predicted] as number,
    isRight: truth === predicted,
  }));
}

function rankingOf(isPositive: readonly boolean[], scores: readonly number[]): Ranking {
  const sorted = [...new Set(scores)].sort((a, b) => a - b);
  const rankOf = new Map(sorted.map((score, rank) => [score, rank]));
  const ranks = Uint32Array.from(scores, (score) => rankOf.get(score) as number);
  return { ranks, isPositive, levels: sorted.length };
}

function areaOf({ ranks, isPositive, levels }: Ranking, rows: Uint32Array): number {
  const positives = new Uint32Array(levels);
  const negatives = new Uint32Array(levels);
  for (const row of rows) {
    const counts = isPositive[row] === true ? positives : negatives;
    const rank = ranks[row] as number;
    counts[rank] = (counts[rank] as number) + 1;
  }
  let [below, won, all] = [0, 0, 0];
  for (let rank = 0; rank < levels; rank++) {
    const [p, n] = [positives[rank] as number, negatives[rank] as number];
    won += p * (below + n / 2);
    below += n;
    all += p;
  }
  return won / (all * below);
}
