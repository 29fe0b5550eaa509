/** Turns counts into progress events with a rate and the time left. */
import type { Clock } from '../../core/clock.ts';
import type { ProgressEvent } from '../events.ts';

/** A rate over less than this says nothing. Milliseconds. */
const SETTLING = 500;

export class ProgressMeter {
  readonly #clock: Clock;
  readonly #unit: string;
  readonly #total: number;
  readonly #start: number;

  constructor(clock: Clock, unit: string, total: number) {
    this.#clock = clock;
    this.#unit = unit;
    this.#total = total;
    this.#start = clock.elapsed();
  }

  event(phase: string, done: number, steps: readonly string[] = []): ProgressEvent {
    const elapsed = this.#clock.elapsed() - this.#start;
    const base = {
      kind: 'progress' as const,
      ...{ phase, steps, done, total: this.#total, unit: this.#unit },
    };
    if (done === 0 || elapsed < SETTLING) return base;
    const rate = (done / elapsed) * 1000;
    return { ...base, rate, secondsLeft: (this.#total - done) / rate };
  }
}
