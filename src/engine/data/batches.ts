/**
 * Elements become batches. While the GPU works on a batch, the next one is read and normalised;
 * no more than two batches of voxels are ever held.
 */
import * as tf from '@tensorflow/tfjs';

/** What a network is fed from: the elements (images, patches, slices, regions) of one set. */
export interface ElementSource {
  readonly count: number;
  /** `[...spatial, channels]` of one element. */
  readonly shape: readonly number[];
  /** Class code of an element. */
  label(index: number): number;
  /** Whose it is, for messages: `sub-01/ses-M000`. */
  name(index: number): string;
  /** @returns the element's values, channels last, normalised as configured. */
  load(index: number): Promise<Float32Array>;
}

export interface Batch {
  /** Position in the epoch, from 0. */
  readonly iteration: number;
  readonly indices: readonly number[];
  readonly labels: readonly number[];
  /** `[batch, ...spatial, channels]`; freed when the consumer asks for the next batch or stops. */
  readonly input: tf.Tensor;
}

/** Cuts `order` into batches; the last one may be shorter. */
export async function* batches(
  source: ElementSource,
  order: ArrayLike<number>,
  batchSize: number,
): AsyncGenerator<Batch, void, void> {
  const starts = Array.from(
    { length: Math.ceil(order.length / batchSize) },
    (_, iteration) => iteration * batchSize,
  );
  const read = (start: number | undefined) =>
    start === undefined
      ? undefined
      : readBatch(source, Array.from(order).slice(start, start + batchSize));
  let next = read(starts[0]);
  for (const iteration of starts.keys()) {
    const { indices, values } = (await next) as Awaited<ReturnType<typeof readBatch>>;
    next = read(starts[iteration + 1]);
    // Somebody may stop here: a failed read ahead must not become an unhandled rejection.
    next?.catch(() => undefined);
    const input = tf.tensor(values, [indices.length, ...source.shape]);
    try {
      yield { iteration, indices, labels: indices.map((index) => source.label(index)), input };
    } finally {
      input.dispose();
    }
  }
}

async function readBatch(source: ElementSource, indices: readonly number[]) {
  const size = source.shape.reduce((product, length) => product * length, 1);
  const values = new Float32Array(indices.length * size);
  for (const [row, index] of indices.entries()) {
    values.set(await source.load(index), row * size);
  }
  return { indices, values };
}
