/**
 * One epoch of training, step by step: forward and backward in training mode, gradients averaged
 * (or, as in 1.6.1, added up) over `accumulationSteps` batches, one optimizer step. A batch may go
 * through the network in parts (micro-batches): losses and gradients are the mean over the batch all
 * the same; batch statistics are those of each part. Batches of other sets may go beside each batch,
 * each in a pass of its own: their losses and gradients are added. Nothing here knows files, metrics
 * or which epoch is best: the job does. An epoch may begin in its middle, where another one was left.
 *
 * Losses are read a few steps late, so that the device never waits for the processor to look at one.
 * What is wrong with a step is found as late, and named by its batch all the same.
 */
import * as tf from '@tensorflow/tfjs';
import { CapsuleError } from '../core/errors.ts';
import type { Augment } from './augmentation/augmenter.ts';
import { throwIfCancelled, unlessCancelled } from './cancel.ts';
import { Companions, type Companion } from './companions.ts';
import { batches, type Batch, type ElementSource } from './data/batches.ts';
import type { EngineDevice } from './device/engine-device.ts';
import { GradientSum } from './gradient-sum.ts';
import { raiseUnlessFinite } from './kernels/squared-norm.ts';
import type { Loss } from './losses/loss.ts';
import type { Network } from './networks/network.ts';
import type { LossScaler } from './optimizers/loss-scaler.ts';
import type { Optimizer } from './optimizers/optimizer.ts';
import { dropoutNumbers, trainingPass } from './training-pass.ts';

export interface EpochOptions {
  readonly device: EngineDevice;
  readonly network: Network;
  readonly optimizer: Optimizer;
  /** What is made small; cross-entropy when absent. */
  readonly loss?: Loss | undefined;
  readonly source: ElementSource;
  /** Element indices in the order of this epoch. */
  readonly order: ArrayLike<number>;
  readonly batchSize: number;
  /** Elements that go through the network at once; the whole batch when absent. */
  readonly microBatchSize?: number | undefined;
  readonly accumulationSteps: number;
  /** Gradients of accumulated batches are added up, as 1.6.1 does, instead of averaged. */
  readonly isSummed?: boolean | undefined;
  readonly seed: number;
  readonly epoch: number;
  readonly signal: AbortSignal;
  /** Scales the loss of a network whose gradients are halves; steps may be left out then. */
  readonly scaler?: LossScaler | undefined;
  /** Batches of the epoch that were done before; 0 when absent. After them a step was taken. */
  readonly done?: number | undefined;
  /** Changes the elements of the source on their way to the network. */
  readonly augment?: Augment | undefined;
  /** Sets whose batches go beside those of the source. */
  readonly companions?: readonly Companion[] | undefined;
  /** What the gradient of a head of domains is multiplied by, and turned round; 1 when absent. */
  readonly reversal?: number | undefined;
  /** After which batches the caller looks at the weights: no step is begun before it has. */
  readonly pausesAfter?: ((iteration: number) => boolean) | undefined;
  /** Sees what goes through the network next, which waits for its answer where there is one. */
  readonly onBatch?: ((part: Batch) => Promise<void> | undefined) | undefined;
}

export interface StepResult {
  readonly iteration: number;
  /** Mean loss of the batch, in training mode. */
  readonly loss: number;
  /** Whether the weights changed after this batch. */
  readonly updated: boolean;
  /** Whether they should have, but a gradient was too large for a half: the scale was lowered. */
  readonly skipped: boolean;
}

/** Steps that may be on their way to the device or on it while the loss of one is waited for. */
const LATE = 2;

/**
 * @throws CapsuleError CANCELLED; LOSS_NOT_FINITE naming the batch's volumes; GPU_LOST, GPU_ERROR
 */
export async function* trainEpoch(options: EpochOptions): AsyncGenerator<StepResult, void, void> {
  const { network, source, order, batchSize, microBatchSize, signal, scaler } = options;
  const first = options.done ?? 0;
  const parameters = network.parameters();
  const total = Math.ceil(order.length / batchSize);
  const epoch = new Epoch(options, parameters);
  const companions = new Companions(options.companions ?? [], { signal, microBatchSize, first });
  let uniform = dropoutNumbers(options.seed, options.epoch, first);
  let names: string[] = [];
  const pass = (part: Batch, from: ElementSource, loss: Loss | undefined) => {
    names.push(...part.indices.map((index) => from.name(index)));
    const overflow = scaler === undefined ? undefined : epoch.sums.overflow;
    const { reversal } = options;
    const of = { network, parameters, scale: scaler?.scale ?? 1, overflow, uniform };
    const passed = trainingPass(part, { ...of, loss, reversal });
    network.commit(passed.updates);
    epoch.add(passed.loss, passed.gradients);
  };
  try {
    const ahead = companions.aheadBytes;
    const { augment } = options;
    const reading = { signal, microBatchSize, first, augment, ...(ahead && { aheadBytes: ahead }) };
    for await (const part of batches(source, order, batchSize, reading)) {
      throwIfCancelled(signal);
      const answer = options.onBatch?.(part);
      if (answer !== undefined) await unlessCancelled(answer, signal);
      const { iteration } = part;
      if (names.length === 0) uniform = dropoutNumbers(options.seed, options.epoch, iteration);
      pass(part, source, options.loss);
      if (!part.isLastPart) continue;
      for await (const beside of companions.batchesOf(iteration)) {
        pass(beside.part, beside.of.source, beside.of.loss);
      }
      epoch.closeBatch({ iteration, names, isLast: iteration === total - 1 });
      names = [];
      const pauses = options.pausesAfter?.(iteration) === true;
      yield* epoch.results(pauses ? 0 : LATE);
    }
    yield* epoch.results(0);
    await unlessCancelled(options.device.settle(), signal);
  } finally {
    epoch.dispose();
    await companions.end();
  }
}

interface FinishedBatch {
  readonly iteration: number;
  /** Of the elements, for messages. */
  readonly names: readonly string[];
  readonly isLast: boolean;
}

/** A batch whose numbers are on their way from the device. */
interface Pending extends FinishedBatch {
  readonly due: boolean;
  /** Of the loss. */
  readonly scale: number;
  readonly health: Promise<Float32Array>;
}

class Epoch {
  readonly sums = new GradientSum();
  readonly #options: EpochOptions;
  readonly #parameters: Map<string, tf.Variable>;
  readonly #pending: Pending[] = [];
  #loss: tf.Tensor | undefined;
  /** Batches since the last step of the optimizer. */
  #count = 0;

  constructor(options: EpochOptions, parameters: Map<string, tf.Variable>) {
    this.#options = options;
    this.#parameters = parameters;
  }

  /** Takes over the loss and the gradients of a part of a batch. */
  add(loss: tf.Tensor, gradients: tf.NamedTensorMap): void {
    this.sums.add(gradients);
    const before = this.#loss;
    this.#loss = before === undefined ? loss : tf.add(before, loss);
    if (before !== undefined) tf.dispose([before, loss]);
  }

  /** Asks for the numbers of the batch, and takes the optimizer's step when it is due. */
  closeBatch(batch: FinishedBatch): void {
    const { scaler, accumulationSteps } = this.#options;
    this.#count += 1;
    const due = batch.isLast || (batch.iteration + 1) % accumulationSteps === 0;
    const health = this.#readHealth();
    this.#pending.push({ ...batch, due, scale: scaler?.scale ?? 1, health });
    if (due) this.#apply();
  }

  /**
   * Waits for the oldest batches until `late` are left.
   * @throws CapsuleError as `trainEpoch`
   */
  async *results(late: number): AsyncGenerator<StepResult, void, void> {
    const { device, optimizer, scaler, signal } = this.#options;
    // While the scale is being looked for, the next step waits for what this one says of it.
    const left = scaler?.isSteady === false ? 0 : late;
    while (this.#pending.length > left) {
      const pending = this.#pending.shift() as Pending;
      const { iteration, due, scale } = pending;
      const health = await device.read(pending.health, signal);
      const [value = NaN, norm = NaN, overflowed = 0] = health;
      const finite = Number.isFinite(norm) && overflowed === 0;
      if (!Number.isFinite(value) || (!finite && (scaler?.isExhausted ?? true))) {
        throw notFinite(this.#options, pending, value, norm);
      }
      if (due && scaler !== undefined) {
        if (!finite) optimizer.uncount();
        scaler.update(finite, scale);
      }
      yield { iteration, loss: value / scale, updated: due && finite, skipped: due && !finite };
    }
  }

  dispose(): void {
    this.#loss?.dispose();
    this.sums.release();
  }

  /** The device leaves the step out where a gradient is too large: nobody waits to look. */
  #apply(): void {
    const { optimizer, scaler, isSummed = false } = this.#options;
    const batches = isSummed ? 1 : this.#count;
    const unscale = 1 / (batches * (scaler?.scale ?? 1));
    const skip = scaler === undefined ? undefined : this.sums.overflow;
    this.sums.release((sum) => optimizer.apply(this.#parameters, sum, unscale, skip));
    this.#count = 0;
  }

  /** Loss, squared norm of the gradients so far, and whether one was too large: one read a batch. */
  #readHealth(): Promise<Float32Array> {
    const { scaler } = this.#options;
    const loss = this.#loss as tf.Tensor;
    this.#loss = undefined;
    const health = tf.tidy(() => {
      const norm = this.sums.squaredNorm();
      const parts = [tf.reshape(loss, []), tf.reshape(norm, [])];
      if (scaler !== undefined) {
        raiseUnlessFinite(norm, this.sums.overflow);
        parts.push(tf.cast(tf.reshape(this.sums.overflow, []), 'float32'));
      }
      return tf.stack(parts);
    });
    loss.dispose();
    const values = (health.data() as Promise<Float32Array>).finally(() => health.dispose());
    // When the epoch ends before its turn comes, nobody waits for it.
    values.catch(() => undefined);
    return values;
  }
}

function notFinite(
  options: EpochOptions,
  { iteration, names }: FinishedBatch,
  loss: number,
  squaredNorm: number,
): CapsuleError {
  const what = Number.isFinite(loss) ? `gradients of squared norm ${squaredNorm}` : `loss ${loss}`;
  return new CapsuleError('LOSS_NOT_FINITE', {
    steps: [`epoch ${options.epoch + 1}`, `batch ${iteration + 1}`],
    found: `${what} on ${names.join(', ')}`,
  });
}
