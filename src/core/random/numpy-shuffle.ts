/**
 * The order in which NumPy's `RandomState(seed)` shuffles (`numpy.random.mtrand`, frozen since NumPy
 * 1.17, NEP 19), for splits that must be those of scikit-learn: Fisher and Yates from the end, each
 * place drawn by rejection, from as many low bits of a Mersenne Twister word as its number needs.
 */
import type { Mt19937 } from './mt19937.ts';

/** @returns a whole number in [0, largest], each equally likely; `largest` below 2^32. */
export function numpyInterval(generator: Mt19937, largest: number): number {
  if (largest === 0) return 0;
  const mask = 2 ** (32 - Math.clz32(largest)) - 1;
  for (;;) {
    const value = (generator.nextUint32() & mask) >>> 0;
    if (value <= largest) return value;
  }
}

/** Shuffles in place as `RandomState.shuffle` does with a one-dimensional array. */
export function numpyShuffle<T>(generator: Mt19937, items: T[]): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const other = numpyInterval(generator, i);
    [items[i], items[other]] = [items[other] as T, items[i] as T];
  }
  return items;
}
