/**
 * Many standard normal numbers at once (Box and Muller 1958): both numbers of each pair are used, and
 * 32 bits an angle or radius. `RandomStream.normal` takes 53 bits for one number, and is slower.
 */
import type { RandomStream } from './philox.ts';

const WORD = 0x1_0000_0000;

/** @returns `length` draws from N(0, 1) */
export function gaussianNoise(random: RandomStream, length: number): Float32Array<ArrayBuffer> {
  const numbers = new Float32Array(length);
  for (let first = 0; first < length; first += 2) {
    // In (0, 1]: no logarithm of zero.
    const radius = Math.sqrt(-2 * Math.log((random.uint32() + 1) / WORD));
    const angle = (2 * Math.PI * random.uint32()) / WORD;
    numbers[first] = radius * Math.cos(angle);
    if (first + 1 < length) numbers[first + 1] = radius * Math.sin(angle);
  }
  return numbers;
}
