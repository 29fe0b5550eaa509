/**
 * `generate artifacts`: scans that went wrong in a known way, by motion, contrast or noise, applied in
 * this order. Laws and parameters are those of TorchIO's RandomMotion, RandomGamma and RandomNoise,
 * by which ClinicaDL 1.6.1 makes them.
 */
import { gaussianNoise } from '../random/gaussian-noise.ts';
import type { RandomStream } from '../random/philox.ts';
import type { Volume } from '../volume.ts';
import { randomMovements, withMotion, type MotionOptions, type Range } from './motion.ts';

export interface ArtifactOptions {
  readonly motion?: MotionOptions | undefined;
  /** Range of the logarithm of the exponent of intensity. */
  readonly gamma?: Range | undefined;
  /** Range of the standard deviation, in the scan's own units. */
  readonly noise?: Range | undefined;
}

/** As they stand in file names and tables. */
const SHORT = { motion: 'mot', gamma: 'con', noise: 'noi' } as const;

/** @returns `mot`, `con`, `noi`: those that are asked for, in the order in which they are applied. */
export function artifactNames(options: ArtifactOptions): string[] {
  return (['motion', 'gamma', 'noise'] as const)
    .filter((artifact) => options[artifact] !== undefined)
    .map((artifact) => SHORT[artifact]);
}

export function withArtifacts(
  scan: Volume,
  { motion, gamma, noise }: ArtifactOptions,
  random: RandomStream,
): Float32Array<ArrayBuffer> {
  let { data } = scan;
  if (motion !== undefined) data = withMotion(scan, randomMovements(motion, random));
  if (gamma !== undefined) data = withContrast(data, Math.exp(random.uniform(...gamma)));
  if (noise !== undefined) data = withRandomNoise(data, random.uniform(...noise), random);
  return data;
}

/** Intensities to the power of `exponent`; negative ones keep their sign. */
export function withContrast(
  data: Float32Array<ArrayBuffer>,
  exponent: number,
): Float32Array<ArrayBuffer> {
  return data.map((value) => Math.sign(value) * Math.abs(value) ** exponent);
}

function withRandomNoise(
  data: Float32Array<ArrayBuffer>,
  deviation: number,
  random: RandomStream,
): Float32Array<ArrayBuffer> {
  const noise = gaussianNoise(random, data.length);
  return noise.map((value, at) => (data[at] as number) + deviation * value);
}
