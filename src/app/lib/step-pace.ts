/**
 * How fast a training goes while its tab is seen and while it is not: from when the losses of its
 * batches arrive. Only times between two batches of one epoch count, and only those during which the
 * tab was the one or the other all along.
 */
import type { BatchEvent } from '../../jobs/events.ts';

export interface Pace {
  /** Medians, seconds a batch; undefined below `FEWEST` times. */
  readonly seen: number | undefined;
  readonly hidden: number | undefined;
  /** Times measured while the tab was hidden. */
  readonly hiddenBatches: number;
}

/** A median of fewer says nothing. */
const FEWEST = 3;
/** Of the last ones. */
const KEPT = 201;

export class StepPace {
  #seen: number[] = [];
  #hidden: number[] = [];
  #hiddenBatches = 0;
  #last: { readonly batch: BatchEvent; readonly at: number } | undefined;

  /** @param at - milliseconds of any clock */
  hear(batch: BatchEvent, at: number, isHidden: boolean): void {
    const last = this.#last;
    this.#last = { batch, at };
    if (last === undefined || !follows(batch, last.batch)) return;
    const times = isHidden ? this.#hidden : this.#seen;
    times.push((at - last.at) / 1000);
    if (times.length > KEPT) times.shift();
    if (isHidden) this.#hiddenBatches += 1;
  }

  /** The tab was hidden or seen, or the training rests: the time since the last batch is neither's. */
  interrupt(): void {
    this.#last = undefined;
  }

  get pace(): Pace {
    return {
      ...{ seen: medianOf(this.#seen), hidden: medianOf(this.#hidden) },
      hiddenBatches: this.#hiddenBatches,
    };
  }
}

function follows(batch: BatchEvent, last: BatchEvent): boolean {
  const isSame = batch.split === last.split && batch.network === last.network;
  return isSame && batch.epoch === last.epoch && batch.iteration === last.iteration + 1;
}

function medianOf(times: readonly number[]): number | undefined {
  if (times.length < FEWEST) return undefined;
  const sorted = [...times].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}
