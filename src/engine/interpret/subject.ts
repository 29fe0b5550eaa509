/**
 * What every method of explanation begins with: one element, one network in evaluation mode, and one
 * of its scores. A score is an output before any softmax; of a regression it is the only one.
 */
import * as tf from '@tensorflow/tfjs';
import type { EngineDevice } from '../device/engine-device.ts';
import { sizeOf } from '../layers/layer.ts';
import type { Network, PassOptions } from '../networks/network.ts';

export interface Subject {
  readonly device: EngineDevice;
  readonly network: Network;
  /** Values `[...spatial, channels]`, normalised as in training. */
  readonly element: Float32Array;
  /** `[...spatial, channels]` */
  readonly shape: readonly number[];
  /** Index of the output that is explained. */
  readonly target: number;
  readonly signal: AbortSignal;
  /** How many variants of the element go through the network at once; see `batchOf` when absent. */
  readonly batchSize?: number | undefined;
  /** Told how many of its variants of the element are done, by methods that need several. */
  readonly onStep?: ((done: number, total: number) => void) | undefined;
}

/** A map of one element. */
export interface ElementMap {
  /** `[...spatial, channels]` */
  readonly values: Float32Array<ArrayBuffer>;
  /** Those of the element, or one for all of them. */
  readonly channels: number;
  /** All scores of the element itself. */
  readonly scores: number[];
}

/** Voxels that go through the network at once, where nobody says how many. */
const VOXELS = 2 ** 23;
const LARGEST_BATCH = 8;

/** A whole brain of 1 mm goes alone, one of 3 mm in batches of eight. */
export function batchOf({ shape, batchSize }: Subject): number {
  if (batchSize !== undefined) return batchSize;
  return Math.max(1, Math.min(LARGEST_BATCH, Math.floor(VOXELS / sizeOf(shape))));
}

/** The element as a batch of one, `[1, ...shape]`. */
export function inputOf({ element, shape }: Subject): tf.Tensor {
  return tf.tensor(element, [1, ...shape]);
}

/** The sum over a batch of the score of one output: its gradient is that of each element. */
export function targetScore(outputs: tf.Tensor, target: number): tf.Scalar {
  const chosen = new Float32Array(outputs.shape[1] ?? 1);
  chosen[target] = 1;
  return tf.sum(tf.mul(outputs, tf.tensor2d(chosen, [1, chosen.length])));
}

/**
 * @param batch - `[batch, ...shape]`
 * @returns the gradient of each element's score, shaped as the batch, and all scores
 *   `[batch, outputs]`; the caller disposes both
 */
export function scoreGradient(
  network: Network,
  batch: tf.Tensor,
  target: number,
  options: PassOptions = {},
): { gradient: tf.Tensor; scores: tf.Tensor } {
  return tf.tidy(() => {
    let scores: tf.Tensor | undefined;
    const gradient = tf.grad((input: tf.Tensor) => {
      scores = tf.keep(network.evaluate(input, options).output);
      return targetScore(scores, target);
    })(batch);
    return { gradient, scores: scores as unknown as tf.Tensor };
  });
}

/** Reads tensors from the device and frees them, cancelled or not. */
export async function readAll(
  { device, signal }: Subject,
  tensors: readonly tf.Tensor[],
): Promise<Float32Array<ArrayBuffer>[]> {
  const read = tensors.map((tensor) => tensor.data() as Promise<Float32Array<ArrayBuffer>>);
  try {
    return await device.read(Promise.all(read), signal);
  } finally {
    tf.dispose([...tensors]);
  }
}
