/**
 * What a training knows beside weights and optimizer: how far it is, which epochs were the best, when
 * to stop, the learning rate, the rows of its log. Orders and draws follow from seed and epoch, so
 * that with this and the two checkpoints a training can go on where it stood.
 */
import type { Config } from '../../core/config/schema.ts';
import type { TrainingRow } from '../../core/maps/tables.ts';
import type { Task } from '../shared/task.ts';
import { EarlyStopping, type StoppingState } from './early-stopping.ts';
import { Plateau, type PlateauState } from './plateau.ts';
import { BestModels, type BestState } from './selection.ts';

/** Plain data. */
export interface LoopSnapshot {
  readonly best: BestState;
  readonly stopping: StoppingState;
  readonly plateau: PlateauState | undefined;
}

export class LoopState {
  readonly best: BestModels;
  readonly stopping: EarlyStopping;
  /** Where the learning rate adapts. */
  readonly plateau: Plateau | undefined;
  /** Of training.tsv. */
  readonly rows: TrainingRow[] = [];
  /** Of training_target.tsv, as many as of the other, where there is a target. */
  readonly targetRows: TrainingRow[] = [];

  /** @throws CapsuleError SELECTION_METRIC */
  constructor(config: Config, task: Pick<Task, 'metricNames' | 'direction'>) {
    this.best = new BestModels(config.selection_metrics, task);
    this.stopping = new EarlyStopping(config.patience, config.tolerance);
    this.plateau = config.adaptive_learning_rate ? new Plateau(config.learning_rate) : undefined;
  }

  /** Forgets the rows after the first ones. */
  keepRows(count: number): void {
    for (const rows of [this.rows, this.targetRows]) rows.length = Math.min(count, rows.length);
  }

  get snapshot(): LoopSnapshot {
    const { best, stopping, plateau } = this;
    return { best: best.state, stopping: stopping.state, plateau: plateau?.state };
  }

  restore({ best, stopping, plateau }: LoopSnapshot): void {
    this.best.state = best;
    this.stopping.state = stopping;
    if (this.plateau !== undefined && plateau !== undefined) this.plateau.state = plateau;
  }
}
