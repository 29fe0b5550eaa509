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
import { watchingOverflow } from './kernels/half-tensors.ts';
import type { Network } from './networks/network.ts';
import type { Adam } from './optimizers/adam.ts';
import type { LossScaler } from './optimizers/loss-scaler.ts';

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
  /** Scales the loss of a network whose gradients are halves; steps may be left out then. */
  readonly scaler?: LossScaler | undefined;
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

/**
 * @throws CapsuleError CANCELLED; LOSS_NOT_FINITE naming the batch's volumes; GPU_LOST, GPU_ERROR
 */
export async function* trainEpoch(options: EpochOptions): AsyncGenerator<StepResult, void, void> {
  const { device, optimizer, source, order, batchSize, signal, scaler } = options;
  const parameters = options.network.parameters();
  const total = Math.ceil(order.length / batchSize);
  const sums = new GradientSum();
  try {
    for await (const batch of batches(source, order, batchSize)) {
      throwIfCancelled(signal);
      const { loss, gradients, overflow } = step(options, batch, parameters);
      sums.add(gradients);
      const last = batch.iteration === total - 1;
      const due = last || (batch.iteration + 1) % options.accumulationSteps === 0;
      const health = healthOf(loss, sums, overflow);
      const apply = () =>
        sums.release((sum, count) =>
          optimizer.apply(parameters, sum, 1 / (count * (scaler?.scale ?? 1))),
        );
      // Without a scale the step is on its way before the loss is read: the device does not wait.
      if (due && scaler === undefined) apply();
      const [value = NaN, squaredNorm = NaN, overflowed = 0] = await readOnce(health, signal);
      device.check();
      const finite = Number.isFinite(squaredNorm) && overflowed === 0;
      if (!Number.isFinite(value) || (!finite && (scaler?.isExhausted ?? true))) {
        throw notFinite(options, batch, value, squaredNorm);
      }
      const mean = value / (scaler?.scale ?? 1);
      if (due && scaler !== undefined) {
        if (finite) apply();
        else sums.release(() => undefined);
        scaler.update(finite);
      }
      const { iteration } = batch;
      yield { iteration, loss: mean, updated: due && finite, skipped: due && !finite };
    }
    await unlessCancelled(device.settle(), signal);
  } finally {
    sums.release(() => undefined);
  }
}

/** Loss, squared norm of the gradients so far, and whether one was too large: one read a batch. */
function healthOf(loss: tf.Scalar, sums: GradientSum, overflow: tf.Tensor | undefined): tf.Tensor {
  const health = tf.tidy(() => {
    const parts = [tf.reshape(loss, []), tf.reshape(sums.squaredNorm(), [])];
    if (overflow !== undefined) parts.push(tf.cast(tf.reshape(overflow, []), 'float32'));
    return tf.stack(parts);
  });
  loss.dispose();
  overflow?.dispose();
  return health;
}

function step(
  options: EpochOptions,
  batch: Batch,
  parameters: Map<string, tf.Variable>,
): { loss: tf.Scalar; gradients: tf.NamedTensorMap; overflow: tf.Tensor | undefined } {
  const { network, seed, epoch, scaler } = options;
  const dropout = stream(seed, 'dropout', epoch * 2 ** 20 + batch.iteration);
  const uniform = (shape: number[]) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return tf.tensor(
      Float32Array.from({ length: size }, () => dropout.uniform()),
      shape,
    );
  };
  const updates = new Map<string, tf.Tensor>();
  const score = () => {
    const loss = crossEntropy(network.train(batch.input, uniform, updates), batch.labels);
    return scaler === undefined ? loss : tf.mul<tf.Scalar>(loss, tf.scalar(scaler.scale));
  };
  const differentiate = () => tf.variableGrads(score, [...parameters.values()]);
  const overflow = scaler === undefined ? undefined : tf.tensor1d([0], 'int32');
  const { value, grads } =
    overflow === undefined ? differentiate() : watchingOverflow(overflow, differentiate);
  network.commit(updates);
  // tfjs names gradients by its own names of the variables.
  const gradients: tf.NamedTensorMap = {};
  for (const [name, variable] of parameters) {
    const gradient = grads[variable.name];
    if (gradient !== undefined) gradients[name] = gradient;
  }
  return { loss: value, gradients, overflow };
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
