/**
 * Sets whose batches go through the network beside those of the training set, as in domain adaptation
 * (losses/domain-adaptation.ts): one batch of each beside every batch of the epoch. They are read
 * ahead like the training set, and only one batch of each is on the device at a time.
 */
import type { Augment } from './augmentation/augmenter.ts';
import { AHEAD_BYTES, batches, type Batch, type ElementSource } from './data/batches.ts';
import type { Loss } from './losses/loss.ts';

export interface Companion {
  readonly source: ElementSource;
  /** Element indices of the epoch, `batchSize` of them beside each of its batches. */
  readonly order: ArrayLike<number>;
  readonly batchSize: number;
  /** What is added to the loss of the batch. */
  readonly loss: Loss;
  /** Changes its elements on their way to the network. */
  readonly augment?: Augment | undefined;
}

export interface CompanionOptions {
  readonly signal: AbortSignal;
  /** Elements that go through the network at once; whole batches when absent. */
  readonly microBatchSize?: number | undefined;
  /** The batch to begin with. */
  readonly first: number;
}

export class Companions {
  /** What each set, the training set too, may read ahead; the default where there is no companion. */
  readonly aheadBytes: number | undefined;
  readonly #streams: readonly {
    readonly of: Companion;
    readonly parts: AsyncGenerator<Batch, void, void>;
  }[];

  constructor(companions: readonly Companion[], options: CompanionOptions) {
    const sets = companions.length + 1;
    this.aheadBytes = sets === 1 ? undefined : Math.floor(AHEAD_BYTES / sets);
    const reading = { ...options, ...(this.aheadBytes && { aheadBytes: this.aheadBytes }) };
    this.#streams = companions.map((of) => {
      const { source, order, batchSize, augment } = of;
      return { of, parts: batches(source, order, batchSize, { ...reading, augment }) };
    });
  }

  /**
   * The batch of each set that goes beside a batch, in its parts. To be asked for in turn.
   * @throws what reading an element threw
   */
  async *batchesOf(iteration: number): AsyncGenerator<{ of: Companion; part: Batch }, void, void> {
    for (const { of, parts } of this.#streams) {
      for (let isLast = false; !isLast;) {
        const { value, done } = await parts.next();
        if (done === true || value.iteration !== iteration) {
          throw new RangeError(`no batch ${iteration} of ${of.source.count} elements`);
        }
        yield { of, part: value };
        isLast = value.isLastPart;
      }
    }
  }

  /** Frees what is held, and ends the reading. */
  async end(): Promise<void> {
    for (const { parts } of this.#streams) await parts.return();
  }
}
