/**
 * Two models on the same sessions: the difference of each metric, with an interval by the bootstrap
 * over pairs (Efron and Tibshirani 1993, chapter 8): a resample draws a session with what both models
 * said of it, so that what is hard for both does not count as a difference.
 */
import type { RandomStream } from '../random/philox.ts';
import { bootstrap, RESAMPLES, type Interval } from './bootstrap.ts';

export interface PairedDifference {
  readonly name: string;
  readonly first: number;
  readonly second: number;
  /** Second minus first. */
  readonly difference: number;
  /** Of the difference; absent for fewer than two sessions. */
  readonly interval?: Interval;
}

/** Values of the metrics on rows, which may repeat; always as many. */
export type MetricsOfRows = (rows: Uint32Array<ArrayBuffer>) => readonly number[];

/**
 * @param names - of the metrics, in the order of what `first` and `second` give
 * @param sessions - how many there are; row `i` is the same session for both models
 * @param random - a stream of its own, so that intervals are the same in every run
 */
export function pairedDifferences(
  names: readonly string[],
  first: MetricsOfRows,
  second: MetricsOfRows,
  sessions: number,
  random: RandomStream,
  resamples = RESAMPLES,
): PairedDifference[] {
  const rows = Uint32Array.from({ length: sessions }, (_, row) => row);
  const differences: MetricsOfRows = (drawn) => {
    const ofSecond = second(drawn);
    return first(drawn).map((value, index) => (ofSecond[index] as number) - value);
  };
  const intervals = bootstrap(sessions, differences, random, resamples);
  const [ofFirst, ofSecond] = [first(rows), second(rows)];
  return names.map((name, index) => {
    const [one, other] = [ofFirst[index] as number, ofSecond[index] as number];
    const interval = intervals?.[index];
    const figures = { name, first: one, second: other, difference: other - one };
    return interval === undefined ? figures : { ...figures, interval };
  });
}
