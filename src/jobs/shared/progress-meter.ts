/** Turns counts into progress events with a rate and the time left. */
import type { Clock } from '../../core/clock.ts';
import type { ProgressEvent } from '../events.ts';

/** A rate over less than this says nothing. Milliseconds. */
const SETTLING = 500;

export class ProgressMeter {
  readonly #clock: Clock;
  readonly #unit: string;
  readonly #total: number;
  readonly #first: number;
  readonly #start: number;

  /** @param first - how much was done before */
  constructor(clock: Clock, unit: string, total: number, first = 0) {
    this.#clock = clock;
    this.#unit = unit;
    this.#total = total;
    this.#first = first;
    this.#start = clock.elapsed();
  }

  event(phase: string, done: number, steps: readonly string[] = []): ProgressEvent {
    const elapsed = this.#clock.elapsed() - this.#start;
    const base = {
      kind: 'progress' as const,
      ...{ phase, steps, done, total: this.#total, unit: this.#unit },
    };
    if (done === this.#first || elapsed < SETTLING) return base;
    const rate = ((done - this.#first) / elapsed) * 1000;
    return { ...base, rate, secondsLeft: (this.#total - done) / rate };
  }
}
