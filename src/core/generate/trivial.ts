/**
 * `generate trivial`: scans that lose a good part of their intensity in one region, another one for
 * each class: what every network must learn, and where every saliency map must point.
 */
import { gaussianNoise } from '../random/gaussian-noise.ts';
import type { RandomStream } from '../random/philox.ts';

/** Of the loss from voxel to voxel, in percent points: ten times a deviation of 0.1. */
const SPREAD = 10;
const DEVIATION = 0.1;

/**
 * Every voxel of the mask that is not 0 loses d percent, d = percent + 10 (g + |min g|) with
 * g ~ N(0, 0.1^2): `percent` is the least that is lost. No intensity falls beyond 0, which in 1.6.1
 * it can where `percent` is near 100.
 *
 * @param mask - 1 where intensity is lost
 * @param percent - 0 to 100
 * @returns the scan with less intensity in the mask; outside it is as it was
 */
export function withAtrophy(
  scan: Float32Array<ArrayBuffer>,
  mask: Uint8Array,
  percent: number,
  random: RandomStream,
): Float32Array<ArrayBuffer> {
  const places: number[] = [];
  for (let at = 0; at < scan.length; at++) {
    if (mask[at] === 1 && scan[at] !== 0) places.push(at);
  }
  const noise = gaussianNoise(random, places.length).map((value) => value * DEVIATION);
  const least = Math.abs(noise.reduce((low, value) => Math.min(low, value), Infinity));
  const result = scan.slice();
  places.forEach((at, n) => {
    const lost = Math.min(100, percent + SPREAD * ((noise[n] as number) + least));
    result[at] = (scan[at] as number) * (1 - lost / 100);
  });
  return result;
}
