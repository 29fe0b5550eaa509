/**
 * Checkpoints that cannot be written for want of room: the training goes on without, says so once, and
 * tries again when the next one is due. What is lost is only where it could go on from.
 */
import { describe } from '../../core/errors.ts';
import { isFull } from '../../core/files/full-storage.ts';
import type { Job } from '../events.ts';

export class Unsaved {
  readonly #steps: readonly string[];
  #isTold = false;

  /** @param steps - where the training is, for messages */
  constructor(steps: readonly string[]) {
    this.#steps = steps;
  }

  /**
   * Saves what the training can do without.
   * @param save - whether it could; it may throw STORAGE_FULL instead
   */
  async *attempt(save: () => Promise<boolean>): Job<void> {
    try {
      if (await save()) {
        if (this.#isTold)
          yield { kind: 'log', message: 'There is room: the training is saved again.' };
        this.#isTold = false;
        return;
      }
      if (!this.#isTold) yield this.#told({});
    } catch (error) {
      if (!isFull(error)) throw error;
      const { file, expected, found } = error.problem;
      const known = { file, expected, found };
      const details = Object.entries(known).filter(([, value]) => value !== undefined);
      if (!this.#isTold) yield this.#told(Object.fromEntries(details));
    }
    this.#isTold = true;
  }

  #told(details: Parameters<typeof describe>[1]) {
    const problem = describe('STORAGE_UNSAVED', { ...details, steps: this.#steps });
    return { kind: 'problem', problem } as const;
  }
}
