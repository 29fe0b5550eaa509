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
import { accumulate } from './kernels/accumulate.ts';
import { kernelsInUse } from './kernels/choice.ts';
import { squaredNorm } from './kernels/squared-norm.ts';
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
      if (updated) {
        sums.release((sum, count) => optimizer.apply(parameters, sum, 1 / count));
      }
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

/** The sum of the gradients of several batches. */
class GradientSum {
  #sum: tf.NamedTensorMap = {};
  #count = 0;

  /** Takes over the tensors. */
  add(gradients: tf.NamedTensorMap): void {
    if (this.#count === 0) this.#sum = gradients;
    else {
      for (const [name, gradient] of Object.entries(gradients)) {
        const sum = this.#sum[name] as tf.Tensor;
        if (kernelsInUse()) accumulate(sum, gradient);
        else {
          this.#sum[name] = tf.tidy(() => addFlat(sum, gradient));
          sum.dispose();
        }
        gradient.dispose();
      }
    }
    this.#count += 1;
  }

  /**
   * Sum of the squares of all gradients. Shaders may treat NaN as they like, and a ReLU often turns
   * it into 0, so a finite loss does not prove finite gradients: this does.
   */
  squaredNorm(): tf.Tensor {
    const gradients = Object.values(this.#sum);
    if (kernelsInUse()) return squaredNorm(gradients);
    const parts = gradients.map((gradient) => tf.sum(tf.square(tf.reshape(gradient, [-1]))));
    return tf.sum(tf.stack(parts));
  }

  /** Hands out the sum and over how many batches it was taken, and frees everything. */
  release(use: (sum: tf.NamedTensorMap, count: number) => void): void {
    if (this.#count === 0) return;
    use(this.#sum, this.#count);
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
