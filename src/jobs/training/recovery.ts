/**
 * What can be done when the device fails in the middle of an epoch: the epoch is trained again from
 * the last checkpoint, on a device opened anew; where memory was short, with smaller parts of a batch.
 */
import { CapsuleError, describe, type Problem } from '../../core/errors.ts';

/** Devices that are lost so often without finishing an epoch will be lost again. */
const MOST_LOSSES = 3;

export class Recovery {
  #microBatchSize: number;
  readonly #batchSize: number;
  #losses = 0;

  constructor(microBatchSize: number, batchSize: number) {
    this.#microBatchSize = microBatchSize;
    this.#batchSize = batchSize;
  }

  /** Elements that go through the network at once. */
  get microBatchSize(): number {
    return this.#microBatchSize;
  }

  /** A training that goes on does so in the parts that it had. */
  resume(microBatchSize: number): void {
    this.#microBatchSize = Math.min(this.#microBatchSize, microBatchSize);
  }

  /** An epoch was finished. */
  progress(): void {
    this.#losses = 0;
  }

  /** @returns what is done about it, to be told; undefined where nothing helps */
  from(thrown: unknown): Problem | undefined {
    if (!(thrown instanceof CapsuleError)) return undefined;
    const { code, problem } = thrown;
    if (code === 'GPU_LOST') {
      this.#losses += 1;
      if (this.#losses > MOST_LOSSES) return undefined;
      return describe('GPU_RECOVERED', {
        ...(problem.found === undefined ? {} : { found: problem.found }),
      });
    }
    if (code !== 'GPU_MEMORY' || this.#microBatchSize === 1) return undefined;
    this.#microBatchSize = Math.ceil(this.#microBatchSize / 2);
    return partsOf(this.#microBatchSize, this.#batchSize);
  }
}

/** Says that batches go through the network in parts. */
export function partsOf(microBatchSize: number, batchSize: number): Problem {
  return describe('GPU_PARTS', { found: `batches of ${batchSize} in parts of ${microBatchSize}` });
}
