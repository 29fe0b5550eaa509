/** Draws records for the samples of an epoch and applies them; and makes a sample again out of them. */
import * as tf from '@tensorflow/tfjs';
import { drawRecords, type AugmentationRecord } from '../../core/augmentation/draw.ts';
import type { Step } from '../../core/augmentation/pipeline.ts';
import { augment } from './apply.ts';

/** An element of a batch. */
export interface DrawnElement {
  readonly index: number;
  /** How often it stood before in this epoch. */
  readonly repeat: number;
}

/**
 * @param input - `[batch, ...spatial, channels]`; stays the caller's
 * @returns a tensor of its own, of the same shape
 */
export type Augment = (input: tf.Tensor, elements: readonly DrawnElement[]) => tf.Tensor;

export interface EpochPlace {
  readonly seed: number;
  readonly epoch: number;
  /** Of the set; the training set when absent. */
  readonly set?: string;
  /** Applies everything that may be, so that all programs are compiled. */
  readonly isForced?: boolean;
}

/** @returns undefined where there is nothing to apply */
export function augmenter(
  steps: readonly Step[],
  { isForced, ...place }: EpochPlace,
): Augment | undefined {
  if (steps.length === 0) return undefined;
  return (input, elements) => {
    const spatial = input.shape.slice(1, -1);
    const samples = elements.map(({ index: element, repeat }) =>
      drawRecords(steps, spatial, { ...place, element, repeat }, isForced),
    );
    return augment(input, samples);
  };
}

/**
 * Makes an augmented sample again, bit for bit on the device that made it.
 * @param element - values before augmentation, channels last
 * @param shape - `[...spatial, channels]`
 * @param records - as `drawRecords` gave them, or as they were stored as JSON
 */
export async function replay(
  element: Float32Array,
  shape: readonly number[],
  records: readonly AugmentationRecord[],
): Promise<Float32Array> {
  const input = tf.tensor(element, [1, ...shape]);
  const output = augment(input, [records]);
  try {
    return (await output.data()) as Float32Array;
  } finally {
    tf.dispose([input, output]);
  }
}
