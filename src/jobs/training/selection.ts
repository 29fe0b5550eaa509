/** Which epoch is the best for each selection metric: strictly better than all before, on validation only. */
import { CapsuleError } from '../../core/errors.ts';
import type { Task } from '../shared/task.ts';

/** The best value so far of each metric, and the epoch (0-based) that had it. */
export type BestState = readonly {
  readonly metric: string;
  readonly value: number;
  readonly epoch: number;
}[];

export class BestModels {
  readonly #task: Pick<Task, 'direction'>;
  readonly #best = new Map<string, { value: number; epoch: number | undefined }>();

  /** @throws CapsuleError SELECTION_METRIC for a metric that the task does not have */
  constructor(metrics: readonly string[], task: Pick<Task, 'metricNames' | 'direction'>) {
    const known = ['loss', ...task.metricNames];
    this.#task = task;
    for (const metric of metrics) {
      if (!known.includes(metric)) {
        throw new CapsuleError('SELECTION_METRIC', { expected: known.join(', '), found: metric });
      }
      const value = task.direction(metric) === 'min' ? Infinity : -Infinity;
      this.#best.set(metric, { value, epoch: undefined });
    }
  }

  get metrics(): readonly string[] {
    return [...this.#best.keys()];
  }

  /** By metric: the epoch that it chose, where there was one. */
  get epochs(): ReadonlyMap<string, number> {
    return new Map(this.state.map(({ metric, epoch }) => [metric, epoch]));
  }

  get state(): BestState {
    return [...this.#best].flatMap(([metric, { value, epoch }]) =>
      epoch === undefined ? [] : [{ metric, value, epoch }],
    );
  }

  set state(saved: BestState) {
    for (const { metric, value, epoch } of saved) {
      if (this.#best.has(metric)) this.#best.set(metric, { value, epoch });
    }
  }

  /**
   * @param validation - value of each metric on the validation set
   * @returns the metrics that this epoch improves
   */
  improvedBy(epoch: number, validation: (metric: string) => number): string[] {
    const improved: string[] = [];
    for (const [metric, best] of this.#best) {
      const value = validation(metric);
      const isBetter =
        this.#task.direction(metric) === 'min' ? value < best.value : value > best.value;
      if (!isBetter) continue;
      this.#best.set(metric, { value, epoch });
      improved.push(metric);
    }
    return improved;
  }
}
