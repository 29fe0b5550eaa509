/**
 * `generate random`: one scan and noise that is drawn anew for each participant. Nothing tells the
 * classes apart, so that a network that seems to has learnt a leak or its training set by heart.
 */
import { gaussianNoise } from '../random/gaussian-noise.ts';
import type { RandomStream } from '../random/philox.ts';

export interface NoiseOptions {
  readonly mean: number;
  /** Standard deviation, in the scan's own units. */
  readonly sigma: number;
}

/** @returns scan + N(mean, sigma^2), independent from voxel to voxel. */
export function withNoise(
  scan: Float32Array<ArrayBuffer>,
  { mean, sigma }: NoiseOptions,
  random: RandomStream,
): Float32Array<ArrayBuffer> {
  const noise = gaussianNoise(random, scan.length);
  for (let at = 0; at < noise.length; at++) {
    noise[at] = (scan[at] as number) + mean + sigma * (noise[at] as number);
  }
  return noise;
}
