/**
 * Saliency by input gradients (Simonyan, Vedaldi and Zisserman 2013): how the score of one class
 * changes with each voxel, in evaluation mode. No absolute value, no smoothing, as ClinicaDL.
 */
import * as tf from '@tensorflow/tfjs';
import { unlessCancelled } from '../cancel.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import type { Network } from '../networks/network.ts';

/**
 * @param element - values `[...spatial, channels]`, normalised as in training
 * @param shape - its shape
 * @param target - index of the output whose gradient is taken
 * @returns the gradient in the element's layout, and all scores
 */
export async function inputGradient(
  device: EngineDevice,
  network: Network,
  element: Float32Array,
  shape: readonly number[],
  target: number,
  signal: AbortSignal,
): Promise<{ gradient: Float32Array; scores: number[] }> {
  const { value, grad } = tf.tidy(() => {
    const input = tf.tensor(element, [1, ...shape]);
    const chosen = tf.cast(tf.oneHot([target], network.plan.outputs), 'float32');
    const score = (x: tf.Tensor) => tf.sum(tf.mul(network.predict(x), chosen));
    return { value: network.predict(input), grad: tf.grad(score)(input) };
  });
  const gradient = (await unlessCancelled(grad.data(), signal)) as Float32Array;
  const scores = Array.from(await unlessCancelled(value.data(), signal));
  tf.dispose([value, grad]);
  device.check();
  return { gradient, scores };
}
