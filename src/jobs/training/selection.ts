/** Which epoch is the best for each selection metric: strictly better than all before, on validation only. */
import { CapsuleError } from '../../core/errors.ts';
import { CLASSIFICATION_METRICS } from '../../core/metrics/classification.ts';

/** Metrics of which less is better. */
const SMALLER_IS_BETTER = new Set(['loss', 'LR_minus']);

export class BestModels {
  readonly #best = new Map<string, number>();

  /** @throws CapsuleError SELECTION_METRIC for a metric that the task does not have */
  constructor(metrics: readonly string[]) {
    const known = ['loss', ...CLASSIFICATION_METRICS];
    for (const metric of metrics) {
      if (!known.includes(metric)) {
        throw new CapsuleError('SELECTION_METRIC', { expected: known.join(', '), found: metric });
      }
      this.#best.set(metric, SMALLER_IS_BETTER.has(metric) ? Infinity : -Infinity);
    }
  }

  get metrics(): readonly string[] {
    return [...this.#best.keys()];
  }

  /**
   * @param validation - value of each metric on the validation set
   * @returns the metrics that this epoch improves
   */
  improvedBy(validation: (metric: string) => number): string[] {
    const improved: string[] = [];
    for (const [metric, best] of this.#best) {
      const value = validation(metric);
      if (SMALLER_IS_BETTER.has(metric) ? value < best : value > best) {
        this.#best.set(metric, value);
        improved.push(metric);
      }
    }
    return improved;
  }
}
