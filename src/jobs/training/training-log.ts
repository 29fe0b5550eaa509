/** The log of a training: training.tsv, and the same numbers as event files of TensorBoard. */
import type { SplitWriter } from '../../core/maps/split-writer.ts';
import type { TrainingRow } from '../../core/maps/tables.ts';
import { eventFile, eventFileName } from '../../core/tensorboard/events.ts';
import type { Clock } from '../../core/clock.ts';

export interface TrainingLogOptions {
  readonly writer: SplitWriter;
  /** Columns without suffix, `loss` last. */
  readonly metrics: readonly string[];
  /** Number of the network, where there are several. */
  readonly network: number | undefined;
  /** Batches of an epoch, by which TensorBoard's steps count. */
  readonly batches: number;
  /** Whether there is a training_target.tsv. */
  readonly hasTarget?: boolean;
}

export class TrainingLog {
  readonly #options: TrainingLogOptions;
  readonly #clock: Clock;
  /** Of the clock, when the training began: milliseconds. */
  #start: number;
  /** Seconds since 1970. */
  #date: number;

  constructor(options: TrainingLogOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#start = clock.elapsed();
    this.#date = clock.now() / 1000;
  }

  /** Seconds since the training began. */
  get seconds(): number {
    return (this.#clock.elapsed() - this.#start) / 1000;
  }

  /** When the training began, in seconds since 1970. */
  get date(): number {
    return this.#date;
  }

  /** Goes on with the log of a training that was interrupted. */
  resume({ seconds, date }: { readonly seconds: number; readonly date: number }): void {
    this.#start = this.#clock.elapsed() - 1000 * seconds;
    this.#date = date;
  }

  /**
   * Writes the files whole, so that a crash costs a row and never a file.
   * @param target - rows of training_target.tsv; in TensorBoard their names end in `_target`
   */
  async write(rows: readonly TrainingRow[], target: readonly TrainingRow[] = []): Promise<void> {
    const { writer, metrics, network, hasTarget = false } = this.#options;
    await writer.writeTrainingLog(metrics, rows, network);
    if (hasTarget) await writer.writeTargetLog(metrics, target);
    for (const [file, set] of (['train', 'validation'] as const).entries()) {
      const scalars = [...this.#scalars(rows, set, ''), ...this.#scalars(target, set, '_target')];
      const name = eventFileName(this.#date, file);
      await writer.writeEvents(set, name, eventFile(this.#date, scalars), network);
    }
  }

  #scalars(rows: readonly TrainingRow[], set: 'train' | 'validation', suffix: string) {
    const { metrics, batches } = this.#options;
    return rows.flatMap((row) =>
      metrics.map((metric) => ({
        ...{ tag: metric + suffix, value: Number(row[set].get(metric) ?? NaN) },
        ...{ wallTime: this.#date + row.time, step: row.iteration + row.epoch * batches },
      })),
    );
  }
}
