/**
 * The comparison of the scans by their voxels, which runs beside everything else: its progress, how it
 * ended, and what it could not read. The findings are in the plan.
 */
import type { Problem } from '../../core/errors.ts';
import type { ProgressEvent } from '../../jobs/events.ts';
import type { Session } from '../../jobs/session-api.ts';
import { problemOf } from '../lib/problems.ts';

export class LeakState {
  comparing = $state(false);
  cancelling = $state(false);
  stopped = $state(false);
  progress = $state.raw<ProgressEvent | undefined>();
  /** Scans that could not be read. */
  unread = $state(0);
  problem = $state.raw<Problem | undefined>();

  readonly #session: Session;
  readonly #onDone: () => void;

  /** @param onDone - called when more is known of the scans than before */
  constructor(session: Session, onDone: () => void) {
    this.#session = session;
    this.#onDone = onDone;
  }

  async compare(): Promise<void> {
    if (this.comparing) return;
    this.comparing = true;
    this.stopped = false;
    this.problem = undefined;
    this.progress = undefined;
    this.unread = 0;
    try {
      await this.#session.compareScans((event) => {
        if (event.kind === 'progress') this.progress = event;
        if (event.kind === 'problem') this.unread += 1;
      });
      this.#onDone();
    } catch (thrown) {
      const problem = problemOf(thrown);
      if (problem.code === 'CANCELLED') this.stopped = true;
      else this.problem = problem;
    } finally {
      this.comparing = false;
      this.cancelling = false;
    }
  }

  async cancel(): Promise<void> {
    if (!this.comparing || this.cancelling) return;
    this.cancelling = true;
    await this.#session.cancelComparison().catch(() => undefined);
  }

  /** What was said of another cohort no longer holds. */
  forget(): void {
    this.stopped = false;
    this.problem = undefined;
    this.unread = 0;
  }
}
