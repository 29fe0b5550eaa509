/**
 * Dynamic loss scaling (Micikevicius et al. 2018, "Mixed precision training"), with the numbers of
 * `torch.cuda.amp.GradScaler`: the loss is multiplied so that small gradients do not vanish in half
 * precision. Where one is too large, the step is left out and the scale halved; after 2000 steps in
 * a row without, it is doubled.
 */
const INITIAL_SCALE = 65_536;
export const GROWTH = 2;
export const BACKOFF = 0.5;
export const GROWTH_INTERVAL = 2000;
/** Steps in a row after which the scale is no longer being looked for. */
const STEADY = 8;
/** With so little scale it is not the scale that is too large. */
const SMALLEST_SCALE = 2 ** -14;

export interface LossScalerState {
  readonly scale: number;
  /** Steps in a row whose gradients were finite. */
  readonly growthTracker: number;
  /** Steps that were left out since the beginning. */
  readonly skipped: number;
}

export class LossScaler {
  #state: LossScalerState;

  constructor(state: LossScalerState = { scale: INITIAL_SCALE, growthTracker: 0, skipped: 0 }) {
    this.#state = state;
  }

  get scale(): number {
    return this.#state.scale;
  }

  /** What a checkpoint keeps. */
  get state(): LossScalerState {
    return this.#state;
  }

  /** Whether a smaller scale may still help. */
  get isExhausted(): boolean {
    return this.#state.scale < SMALLEST_SCALE;
  }

  /** Whether steps have gone well for a while, so that the next one will. */
  get isSteady(): boolean {
    return this.#state.growthTracker >= STEADY;
  }

  /**
   * @param finite - whether all gradients of the step were; else the caller leaves the step out
   * @param used - the scale it had, which may have been lowered since: it is not lowered twice
   */
  update(finite: boolean, used = this.#state.scale): void {
    const { scale, growthTracker, skipped } = this.#state;
    if (!finite) {
      const lowered = used === scale ? scale * BACKOFF : scale;
      this.#state = { scale: lowered, growthTracker: 0, skipped: skipped + 1 };
      return;
    }
    const grows = growthTracker + 1 >= GROWTH_INTERVAL;
    this.#state = {
      scale: grows ? scale * GROWTH : scale,
      growthTracker: grows ? 0 : growthTracker + 1,
      skipped,
    };
  }
}
