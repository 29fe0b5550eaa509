/**
 * ClinicaDL's early stopping: the first validation loss is the reference; a loss is better when it is
 * below the best by more than `tolerance` times the best; after `patience` epochs without a better
 * one the training ends. A loss that is not a number ends it at once.
 */
export interface StoppingState {
  /** Undefined before the first epoch. */
  readonly best: number | undefined;
  /** Epochs in a row that were not better. */
  readonly worse: number;
}

export class EarlyStopping {
  readonly #patience: number;
  readonly #tolerance: number;
  #best: number | undefined;
  #worse = 0;

  /** @param patience - 0 never stops */
  constructor(patience: number, tolerance: number) {
    this.#patience = patience;
    this.#tolerance = tolerance;
  }

  get state(): StoppingState {
    return { best: this.#best, worse: this.#worse };
  }

  set state({ best, worse }: StoppingState) {
    this.#best = best;
    this.#worse = worse;
  }

  /** @returns whether to stop before the next epoch. */
  shouldStop(validationLoss: number): boolean {
    if (Number.isNaN(validationLoss)) return true;
    if (this.#patience === 0) return false;
    if (this.#best === undefined) {
      this.#best = validationLoss;
      return false;
    }
    if (validationLoss < this.#best - this.#best * this.#tolerance) {
      this.#best = validationLoss;
      this.#worse = 0;
    } else {
      this.#worse += 1;
    }
    return this.#worse >= this.#patience;
  }
}
