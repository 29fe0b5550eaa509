/**
 * One epoch of training, step by step: forward and backward in training mode, gradients averaged
 * over `accumulationSteps` batches, one optimizer step. Nothing here knows files, metrics or which
 * epoch is best: the job does.
 */
import * as tf from '@tensorflow/tfjs';
import { CapsuleError } from '../core/errors.ts';
import { stream } from '../core/random/philox.ts';
import { throwIfCancelled, unlessCancelled } from './cancel.ts';
import { batches, type Batch, type ElementSource } from './data/batches.ts';
import type { EngineDevice } from './device/engine-device.ts';
import { crossEntropy } from './losses/cross-entropy.ts';
import type { Network } from './networks/network.ts';
import type { Adam } from './optimizers/adam.ts';

export interface EpochOptions {
  readonly device: EngineDevice;
  readonly network: Network;
  readonly optimizer: Adam;
  readonly source: ElementSource;
  /** Element indices in the order of this epoch. */
  readonly order: ArrayLike<number>;
  readonly batchSize: number;
  readonly accumulationSteps: number;
  readonly seed: number;
  readonly epoch: number;
  readonly signal: AbortSignal;
}

export interface StepResult {
  readonly iteration: number;
  /** Mean loss of the batch, in training mode. */
  readonly loss: number;
  /** Whether the weights changed after this batch. */
  readonly updated: boolean;
}

/**
 * @throws CapsuleError CANCELLED; LOSS_NOT_FINITE naming the batch's volumes; GPU_LOST, GPU_ERROR
 */
export async function* trainEpoch(options: EpochOptions): AsyncGenerator<StepResult, void, void> {
  const { device, network, optimizer, source, order, batchSize, signal } = options;
  const parameters = network.parameters();
  const total = Math.ceil(order.length / batchSize);
  const sums = new GradientSum();
  try {
    for await (const batch of batches(source, order, batchSize)) {
      throwIfCancelled(signal);
      const { loss, gradients } = step(options, batch, parameters);
      sums.add(gradients);
      const last = batch.iteration === total - 1;
      const updated = last || (batch.iteration + 1) % options.accumulationSteps === 0;
      const health = tf.tidy(() => tf.stack([tf.reshape(loss, []), sums.squaredNorm()]));
      loss.dispose();
      if (updated) sums.release((mean) => optimizer.apply(parameters, mean));
      const [value = NaN, squaredNorm = NaN] = await readOnce(health, signal);
      device.check();
      if (!Number.isFinite(value) || !Number.isFinite(squaredNorm)) {
        throw notFinite(options, batch, value, squaredNorm);
      }
      yield { iteration: batch.iteration, loss: value, updated };
    }
    await unlessCancelled(device.settle(), signal);
  } finally {
    sums.release(() => undefined);
  }
}

function step(
  options: EpochOptions,
  batch: Batch,
  parameters: Map<string, tf.Variable>,
): { loss: tf.Scalar; gradients: tf.NamedTensorMap } {
  const { network, seed, epoch } = options;
  const dropout = stream(seed, 'dropout', epoch * 2 ** 20 + batch.iteration);
  const uniform = (shape: number[]) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return tf.tensor(
      Float32Array.from({ length: size }, () => dropout.uniform()),
      shape,
    );
  };
  const updates = new Map<string, tf.Tensor>();
  const { value, grads } = tf.variableGrads(
    () => crossEntropy(network.train(batch.input, uniform, updates), batch.labels),
    [...parameters.values()],
  );
  network.commit(updates);
  // tfjs names gradients by its own names of the variables.
  const gradients: tf.NamedTensorMap = {};
  for (const [name, variable] of parameters) {
    const gradient = grads[variable.name];
    if (gradient !== undefined) gradients[name] = gradient;
  }
  return { loss: value, gradients };
}

/** The mean of the gradients of several batches. */
class GradientSum {
  #sum: tf.NamedTensorMap = {};
  #count = 0;

  /** Takes over the tensors. */
  add(gradients: tf.NamedTensorMap): void {
    const old = this.#sum;
    this.#sum =
      this.#count === 0
        ? gradients
        : Object.fromEntries(
            Object.entries(gradients).map(([name, gradient]) => [
              name,
              tf.tidy(() => addFlat(old[name] as tf.Tensor, gradient)),
            ]),
          );
    if (this.#count > 0) tf.dispose([old, gradients]);
    this.#count += 1;
  }

  /**
   * Sum of the squares of all gradients. Shaders may treat NaN as they like, and a ReLU often turns
   * it into 0, so a finite loss does not prove finite gradients: this does.
   */
  squaredNorm(): tf.Scalar {
    const parts = Object.values(this.#sum).map((gradient) =>
      tf.sum(tf.square(tf.reshape(gradient, [-1]))),
    );
    return tf.sum(tf.stack(parts));
  }

  /** Hands out the mean and frees everything. */
  release(use: (mean: tf.NamedTensorMap) => void): void {
    if (this.#count === 0) return;
    const count = this.#count;
    tf.tidy(() => {
      const mean =
        count === 1
          ? this.#sum
          : Object.fromEntries(
              Object.entries(this.#sum).map(([name, sum]) => [name, tf.div(sum, tf.scalar(count))]),
            );
      use(mean);
    });
    tf.dispose(this.#sum);
    this.#sum = {};
    this.#count = 0;
  }
}

/** Adds tensors of any rank; tfjs on WebGPU is sure of it in one dimension. */
function addFlat(left: tf.Tensor, right: tf.Tensor): tf.Tensor {
  return tf.reshape(tf.add(tf.reshape(left, [-1]), tf.reshape(right, [-1])), left.shape);
}

async function readOnce(tensor: tf.Tensor, signal: AbortSignal): Promise<number[]> {
  try {
    return Array.from(await unlessCancelled(tensor.data(), signal));
  } finally {
    tensor.dispose();
  }
}

function notFinite(
  options: EpochOptions,
  batch: Batch,
  loss: number,
  squaredNorm: number,
): CapsuleError {
  const what = Number.isFinite(loss) ? `gradients of squared norm ${squaredNorm}` : `loss ${loss}`;
  const names = batch.indices.map((index) => options.source.name(index));
  return new CapsuleError('LOSS_NOT_FINITE', {
    steps: [`epoch ${options.epoch + 1}`, `batch ${batch.iteration + 1}`],
    found: `${what} on ${names.join(', ')}`,
  });
}
