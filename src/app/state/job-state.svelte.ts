/**
 * The one job that may run at a time, as the page shows it: what it is called, how far it is and how
 * it ended. Cancelling asks the session and waits for its answer.
 */
import type { Problem } from '../../core/errors.ts';
import type { ProgressEvent } from '../../jobs/events.ts';
import type { OnEvent } from '../../jobs/session-api.ts';
import { problemOf } from '../lib/problems.ts';

export type JobName =
  | 'open'
  | 'sample'
  | 'probe'
  | 'train'
  | 'look'
  | 'reconstruct'
  | 'keep'
  | 'maps'
  | 'shelf'
  | 'voxel'
  | 'check'
  | 'predict';

export class JobState {
  /** The running job; undefined when nothing runs. */
  running = $state<JobName | undefined>();
  progress = $state.raw<ProgressEvent | undefined>();
  cancelling = $state(false);
  /** How the last job of each name failed. */
  failures = $state.raw<Partial<Record<JobName, Problem>>>({});

  readonly #cancel: () => Promise<void>;

  /** @param cancel - asks the session to stop what it does */
  constructor(cancel: () => Promise<void>) {
    this.#cancel = cancel;
  }

  /** @returns the job's result; undefined when it failed, was cancelled, or another one runs. */
  async run<Result>(
    name: JobName,
    work: (onEvent: OnEvent) => Promise<Result>,
    onEvent?: OnEvent,
  ): Promise<Result | undefined> {
    if (this.running !== undefined) return undefined;
    this.running = name;
    this.progress = undefined;
    this.forget(name);
    try {
      return await work((event) => {
        if (this.running !== name) return;
        if (event.kind === 'progress') this.progress = event;
        onEvent?.(event);
      });
    } catch (thrown) {
      this.fail(name, thrown);
      return undefined;
    } finally {
      this.running = undefined;
      this.cancelling = false;
      this.progress = undefined;
    }
  }

  async cancel(): Promise<void> {
    if (this.running === undefined || this.cancelling) return;
    const name = this.running;
    this.cancelling = true;
    try {
      await this.#cancel();
    } catch (thrown) {
      this.cancelling = false;
      this.fail(name, thrown);
    }
  }

  fail(name: JobName, thrown: unknown): void {
    this.failures = { ...this.failures, [name]: problemOf(thrown) };
  }

  forget(...names: readonly JobName[]): void {
    this.failures = Object.fromEntries(
      Object.entries(this.failures).filter(([name]) => !names.includes(name as JobName)),
    );
  }
}
