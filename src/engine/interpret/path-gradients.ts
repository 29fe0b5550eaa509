/**
 * Maps that average the gradient over variants of the element, in small batches so that a whole
 * brain fits.
 *
 * - Integrated gradients (Sundararajan, Taly and Yan 2017): the mean gradient on the straight way
 *   from a baseline to the element, times the difference between them. The way is cut into equal
 *   steps, each with the gradient at its middle (the paper takes the end of each step, which needs
 *   more of them). Completeness: the map sums up to the difference of the two scores, but for what
 *   the steps leave.
 * - SmoothGrad (Smilkov, Thorat, Kim, Viegas and Wattenberg 2017): the mean gradient under noise whose
 *   deviation is a share of the range of the element.
 */
import * as tf from '@tensorflow/tfjs';
import { throwIfCancelled } from '../cancel.ts';
import { batchOf, inputOf, readAll, scoreGradient } from './subject.ts';
import type { ElementMap, Subject } from './subject.ts';

export interface IntegratedGradients {
  readonly steps: number;
  /** Value of every voxel of the baseline; 0 is the background of a normalised volume. */
  readonly baseline: number;
}

export interface SmoothGrad {
  readonly samples: number;
  /** Deviation of the noise, as a share of the element's range: 0.15. */
  readonly noise: number;
  /** Standard normal numbers of a sample, as many as `length`. */
  readonly normals: (sample: number, length: number) => Float32Array;
}

/** The map, and by how much it misses completeness. */
export interface IntegratedMap extends ElementMap {
  /** Score of the element less that of the baseline. */
  readonly difference: number;
}

export async function integratedGradients(
  subject: Subject,
  { steps, baseline }: IntegratedGradients,
): Promise<IntegratedMap> {
  const { element, network, target, shape } = subject;
  const [input, start] = [inputOf(subject), tf.fill([1, ...shape], baseline)];
  const ends = tf.tidy(() => [network.predict(input), network.predict(start)]);
  tf.dispose([input, start]);
  const [scores, before] = await readAll(subject, ends);
  const gradient = await meanGradient(subject, steps, (step, variant) => {
    const share = (step + 0.5) / steps;
    for (let i = 0; i < variant.length; i++) {
      variant[i] = baseline + share * ((element[i] ?? 0) - baseline);
    }
  });
  return {
    values: gradient.map((slope, i) => slope * ((element[i] ?? 0) - baseline)),
    channels: shape.at(-1) ?? 1,
    scores: Array.from(scores ?? []),
    difference: (scores?.[target] ?? NaN) - (before?.[target] ?? NaN),
  };
}

export async function smoothGrad(
  subject: Subject,
  { samples, noise, normals }: SmoothGrad,
): Promise<ElementMap> {
  const { element, network, shape } = subject;
  const [lowest, highest] = range(element);
  const deviation = noise * (highest - lowest);
  const input = inputOf(subject);
  const own = tf.tidy(() => network.predict(input));
  input.dispose();
  const [scores] = await readAll(subject, [own]);
  const values = await meanGradient(subject, samples, (sample, variant) => {
    const drawn = normals(sample, element.length);
    for (let i = 0; i < variant.length; i++) {
      variant[i] = (element[i] ?? 0) + deviation * (drawn[i] ?? 0);
    }
  });
  return { values, channels: shape.at(-1) ?? 1, scores: Array.from(scores ?? []) };
}

/**
 * @param fill - writes a variant of the element
 * @returns the mean over `count` variants of the gradient, in the element's layout
 */
async function meanGradient(
  subject: Subject,
  count: number,
  fill: (index: number, variant: Float32Array) => void,
): Promise<Float32Array<ArrayBuffer>> {
  const { network, element, shape, target, signal } = subject;
  const { length } = element;
  const sums = new Float64Array(length);
  const most = batchOf(subject);
  for (let first = 0; first < count; first += most) {
    throwIfCancelled(signal);
    subject.onStep?.(first, count);
    const variants = Math.min(most, count - first);
    const batch = new Float32Array(variants * length);
    for (let row = 0; row < variants; row++) {
      fill(first + row, batch.subarray(row * length, (row + 1) * length));
    }
    const input = tf.tensor(batch, [variants, ...shape]);
    const found = scoreGradient(network, input, target);
    tf.dispose([input, found.scores]);
    const [slopes = new Float32Array(0)] = await readAll(subject, [found.gradient]);
    for (let i = 0; i < slopes.length; i++) {
      sums[i % length] = (sums[i % length] ?? 0) + (slopes[i] ?? NaN);
    }
  }
  return Float32Array.from(sums, (sum) => sum / count);
}

function range(values: Float32Array): [number, number] {
  let [lowest, highest] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  return [lowest, highest];
}
