/**
 * Elements become batches. While the GPU works on a batch, the next ones are read, normalised and
 * put together, as many as `aheadBytes` allows; elements of several batches are on their way at
 * once. Order and numbers do not depend on which of them arrives first.
 */
import * as tf from '@tensorflow/tfjs';
import type { Augment } from '../augmentation/augmenter.ts';
import { atMost, readAhead } from './read-ahead.ts';

/** What a network is fed from: the elements (images, patches, slices, regions) of one set. */
export interface ElementSource {
  readonly count: number;
  /** `[...spatial, channels]` of one element. */
  readonly shape: readonly number[];
  /** Class code of an element. */
  label(index: number): number;
  /** Whose it is, for messages: `sub-01/ses-M000`. */
  name(index: number): string;
  /**
   * @param stopped - aborted when the element is not wanted any more
   * @returns the element's values, channels last, normalised as configured.
   */
  load(index: number, stopped?: AbortSignal): Promise<Float32Array>;
}

/** What goes through the network at once: a batch, or the part of it that memory allows. */
export interface Batch {
  /** Position in the epoch of the batch, from 0. */
  readonly iteration: number;
  /** How much of the batch this is, by elements: 1 where the batch is whole. */
  readonly share: number;
  /** Whether nothing of the batch follows. */
  readonly isLastPart: boolean;
  readonly indices: readonly number[];
  readonly labels: readonly number[];
  /** `[batch, ...spatial, channels]`; freed when the consumer asks for the next batch or stops. */
  readonly input: tf.Tensor;
}

export interface BatchOptions {
  /** Elements that go through the network at once, where a batch is too large to. */
  readonly microBatchSize?: number | undefined;
  /** The batch to begin with; 0 when absent. */
  readonly first?: number | undefined;
  /** Bytes of batches that may wait beside the one in use; one batch waits in any case. */
  readonly aheadBytes?: number;
  /** Ends the waiting for a batch with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Changes the elements on their way to the network. */
  readonly augment?: Augment | undefined;
}

/** Five batches of two cropped t1-linear volumes. */
export const AHEAD_BYTES = 256e6;
/** Elements that are read at once. */
const LOADS_AT_ONCE = 8;

/**
 * Cuts `order` into batches; the last one may be shorter.
 * @throws what reading an element threw, when the turn of its batch has come
 */
export async function* batches(
  source: ElementSource,
  order: ArrayLike<number>,
  batchSize: number,
  options: BatchOptions = {},
): AsyncGenerator<Batch, void, void> {
  const { aheadBytes = AHEAD_BYTES, signal, microBatchSize = batchSize, first = 0 } = options;
  const most = Math.min(batchSize, microBatchSize);
  const parts = partsOf(Array.from(order), batchSize, most).filter(
    (part) => part.iteration >= first,
  );
  const inTurn = atMost(LOADS_AT_ONCE);
  // New memory costs more than what is copied into it: arrays of batches that are done serve again.
  const free: Float32Array[] = [];
  const arrayOf = (length: number) =>
    (length === most * sizeOf(source) ? free.pop() : undefined) ?? new Float32Array(length);
  const waiting = readAhead({
    count: parts.length,
    ahead: Math.floor(aheadBytes / (4 * sizeOf(source) * most)),
    read: (index, stopped) =>
      readBatch(source, parts[index]?.indices ?? [], { inTurn, arrayOf, stopped }),
    signal,
  });
  let index = 0;
  for await (const { indices, values } of waiting) {
    const { iteration, share, isLastPart, repeats } = parts[index] as Part;
    const plain = tf.tensor(values, [indices.length, ...source.shape]);
    const elements = indices.map((element, row) => ({ index: element, repeat: repeats[row] ?? 0 }));
    const input = options.augment?.(plain, elements) ?? plain;
    if (input !== plain) plain.dispose();
    const labels = indices.map((element) => source.label(element));
    try {
      yield { iteration, share, isLastPart, indices, labels, input };
    } finally {
      input.dispose();
      if (indices.length === most) free.push(values);
    }
    index += 1;
  }
}

interface Part extends Pick<Batch, 'iteration' | 'share' | 'isLastPart' | 'indices'> {
  /** How often each element stood before in the order. */
  readonly repeats: readonly number[];
}

function partsOf(order: readonly number[], batchSize: number, microBatchSize: number): Part[] {
  const parts: Part[] = [];
  const seen = new Map<number, number>();
  const repeatOf = (element: number) => {
    const before = seen.get(element) ?? 0;
    seen.set(element, before + 1);
    return before;
  };
  for (let start = 0; start < order.length; start += batchSize) {
    const batch = order.slice(start, start + batchSize);
    for (let first = 0; first < batch.length; first += microBatchSize) {
      const indices = batch.slice(first, first + microBatchSize);
      parts.push({
        ...{ iteration: start / batchSize, indices, share: indices.length / batch.length },
        isLastPart: first + microBatchSize >= batch.length,
        repeats: indices.map(repeatOf),
      });
    }
  }
  return parts;
}

interface Means {
  readonly inTurn: ReturnType<typeof atMost>;
  readonly arrayOf: (length: number) => Float32Array;
  readonly stopped: AbortSignal;
}

async function readBatch(
  source: ElementSource,
  indices: readonly number[],
  { inTurn, arrayOf, stopped }: Means,
) {
  const size = sizeOf(source);
  let values: Float32Array | undefined;
  const rows = indices.map((index, row) =>
    inTurn(async () => {
      const element = await source.load(index, stopped);
      values ??= arrayOf(indices.length * size);
      values.set(element, row * size);
    }, stopped),
  );
  // Of several that fail the first in the order of the batch is told, whichever failed first.
  const [failed] = (await Promise.allSettled(rows)).filter(({ status }) => status === 'rejected');
  if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
  return { indices, values: values ?? new Float32Array(0) };
}

const sizeOf = ({ shape }: ElementSource): number =>
  shape.reduce((product, length) => product * length, 1);
