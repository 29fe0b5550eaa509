/**
 * `--adaptive_learning_rate`: PyTorch's ReduceLROnPlateau with the settings of 1.6.1, which are its
 * defaults. The rate is divided by ten when the validation loss has not fallen by a ten-thousandth of
 * itself in more than ten epochs.
 */
const FACTOR = 0.1;
const PATIENCE = 10;
const THRESHOLD = 1e-4;
/** A change smaller than this is none. */
const SMALLEST_CHANGE = 1e-8;

/** What a checkpoint needs to go on. */
export interface PlateauState {
  readonly learningRate: number;
  readonly best: number;
  /** Epochs in a row that were not better. */
  readonly worse: number;
}

export class Plateau {
  #learningRate: number;
  #best = Infinity;
  #worse = 0;

  constructor(learningRate: number) {
    this.#learningRate = learningRate;
  }

  /** For the next epoch. */
  get learningRate(): number {
    return this.#learningRate;
  }

  get state(): PlateauState {
    return { learningRate: this.#learningRate, best: this.#best, worse: this.#worse };
  }

  set state({ learningRate, best, worse }: PlateauState) {
    this.#learningRate = learningRate;
    this.#best = best;
    this.#worse = worse;
  }

  /**
   * To be called after each epoch.
   * @returns whether the rate was lowered
   */
  step(validationLoss: number): boolean {
    if (validationLoss < this.#best * (1 - THRESHOLD)) {
      this.#best = validationLoss;
      this.#worse = 0;
      return false;
    }
    this.#worse += 1;
    if (this.#worse <= PATIENCE) return false;
    this.#worse = 0;
    const lowered = this.#learningRate * FACTOR;
    if (this.#learningRate - lowered <= SMALLEST_CHANGE) return false;
    this.#learningRate = lowered;
    return true;
  }
}
