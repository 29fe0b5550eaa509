/**
 * A job that rests: it is not asked for its next event. Everything that it has on the device stays there
 * and no number changes, since nothing that it does depends on when it is asked. A training rests where
 * it was saved, or while a set is evaluated; other work between two of its events. The time that passes
 * is not counted by the job's clock.
 */
import type { Clock } from '../../core/clock.ts';
import { TRAINING, type JobEvent } from '../events.ts';

export class Pause {
  /** As the job counts time. */
  readonly clock: Clock;
  readonly #world: Clock;
  readonly #signal: AbortSignal;
  #isWanted = false;
  #askers: ((holds: boolean) => void)[] = [];
  #release: (() => void) | undefined;
  /** Of the world's clock, when the present rest began. */
  #since: number | undefined;
  #rested = 0;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#world = clock;
    this.#signal = signal;
    this.clock = {
      now: () => clock.now(),
      elapsed: () => (this.#since ?? clock.elapsed()) - this.#rested,
    };
  }

  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** @returns once the job rests: true; or once it is over or was to go on before: false */
  ask(): Promise<boolean> {
    this.#isWanted = true;
    if (this.#since !== undefined) return Promise.resolve(true);
    return new Promise((resolve) => this.#askers.push(resolve));
  }

  goOn(): void {
    this.#isWanted = false;
    this.#answer(false);
    this.#release?.();
  }

  /** After each event of the job. @returns what to wait for before the next one */
  at(event: JobEvent): Promise<void> | undefined {
    return this.#isWanted && isBorder(event) ? this.#rest() : undefined;
  }

  async #rest(): Promise<void> {
    const start = this.#world.elapsed();
    this.#since = start;
    const released = new Promise<void>((resolve) => (this.#release = resolve));
    const stop = () => this.#release?.();
    // Cancelling ends a rest, too.
    this.#signal.addEventListener('abort', stop, { once: true });
    if (this.#signal.aborted) stop();
    this.#answer(true);
    await released;
    this.#signal.removeEventListener('abort', stop);
    this.#release = undefined;
    this.#isWanted = false;
    this.#rested += this.#world.elapsed() - start;
    this.#since = undefined;
  }

  #answer(holds: boolean): void {
    for (const asker of this.#askers.splice(0)) asker(holds);
  }
}

/** Between two steps a training rests once it was saved. */
function isBorder(event: JobEvent): boolean {
  if (event.kind === 'save-point') return true;
  return event.kind === 'progress' && event.phase !== TRAINING;
}
