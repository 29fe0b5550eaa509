/** A network applied to a set in evaluation mode: scores of every element, and the loss as ClinicaDL reports it. */
import * as tf from '@tensorflow/tfjs';
import { CapsuleError } from '../core/errors.ts';
import { throwIfCancelled } from './cancel.ts';
import { batches, type Batch, type ElementSource } from './data/batches.ts';
import type { EngineDevice } from './device/engine-device.ts';
import { crossEntropy } from './losses/cross-entropy.ts';
import type { Network } from './networks/network.ts';

export interface EvaluationOptions {
  readonly device: EngineDevice;
  readonly network: Network;
  readonly source: ElementSource;
  /** Element indices in the order in which they are evaluated and reported. */
  readonly order: ArrayLike<number>;
  readonly batchSize: number;
  /** Elements that go through the network at once; the whole batch when absent. */
  readonly microBatchSize?: number | undefined;
  readonly signal: AbortSignal;
  /** False when the elements have no labels: the loss is then 0, as in ClinicaDL. */
  readonly labelled?: boolean;
}

export interface Evaluation {
  /** Sum over the batches of their mean losses. */
  readonly lossSum: number;
  readonly batches: number;
  /** Scores before softmax, one row an element, in the order given. */
  readonly scores: readonly (readonly number[])[];
}

/**
 * Yields the number of elements done after each batch.
 * @throws CapsuleError CANCELLED; LOSS_NOT_FINITE naming the batch's volumes; GPU_LOST, GPU_ERROR
 */
export async function* evaluate(
  options: EvaluationOptions,
): AsyncGenerator<number, Evaluation, void> {
  const { device, network, source, order, batchSize, signal, labelled = true } = options;
  const { microBatchSize } = options;
  const scores: number[][] = [];
  let lossSum = 0;
  let count = 0;
  for await (const batch of batches(source, order, batchSize, { signal, microBatchSize })) {
    throwIfCancelled(signal);
    // Scores and loss in one tensor: one read a batch.
    const result = tf.tidy(() => {
      const output = network.predict(batch.input);
      const loss = labelled ? crossEntropy(output, batch.labels) : tf.scalar(0);
      return tf.concat([tf.reshape(output, [-1]), tf.reshape(loss, [1])]);
    });
    const values = await device.read(result.data(), signal).finally(() => result.dispose());
    if (!values.every(Number.isFinite)) throw notFinite(source, batch, values);
    lossSum += batch.share * (values[values.length - 1] ?? NaN);
    const width = (values.length - 1) / batch.indices.length;
    for (const row of batch.indices.keys()) {
      scores.push(Array.from(values.slice(row * width, (row + 1) * width)));
    }
    if (batch.isLastPart) count += 1;
    yield scores.length;
  }
  return { lossSum, batches: count, scores };
}

/** A score that is not finite has no class: nothing may be written from it. */
function notFinite(source: ElementSource, batch: Batch, values: ArrayLike<number>): CapsuleError {
  const bad = Array.from(values).findIndex((value) => !Number.isFinite(value));
  const what = bad === values.length - 1 ? 'loss' : 'score';
  const names = batch.indices.map((index) => source.name(index));
  return new CapsuleError('LOSS_NOT_FINITE', {
    found: `${what} ${values[bad]} on ${names.join(', ')}`,
  });
}
