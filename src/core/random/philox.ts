/**
 * Capsule's own random numbers: Philox4x32-10, a counter-based generator (Salmon, Moraes, Dror and
 * Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011). A number is a function of seed,
 * stream and position, so what one part of a program draws never shifts what another one draws,
 * and a resumed run goes on where it stood by its position alone.
 */
const ROUNDS = 10;
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const WORD = 0x1_0000_0000;

export type Block = readonly [number, number, number, number];

/**
 * One application of Philox4x32-10.
 * @param counter - four uint32. @param key - two uint32.
 * @returns four uint32.
 */
export function philox4x32(counter: Block, key: readonly [number, number]): Block {
  let [a, b, c, d] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const next0 = (highProduct(MULTIPLIER_1, c) ^ b ^ k0) >>> 0;
    const next2 = (highProduct(MULTIPLIER_0, a) ^ d ^ k1) >>> 0;
    b = Math.imul(MULTIPLIER_1, c) >>> 0;
    d = Math.imul(MULTIPLIER_0, a) >>> 0;
    a = next0;
    c = next2;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [a, b, c, d];
}

/** The numbers of one stream, in order. */
export class RandomStream {
  readonly #key: readonly [number, number];
  readonly #name: number;
  readonly #index: number;
  #position = 0;
  #block: Block = [0, 0, 0, 0];
  #blockNumber = -1;

  constructor(seed: number, name: string, index: number) {
    this.#key = [Number(BigInt.asUintN(32, BigInt(seed))), Math.floor(seed / WORD) >>> 0];
    this.#name = hashName(name);
    this.#index = index >>> 0;
  }

  /** How many 32-bit words were drawn; stored in checkpoints, set again on resuming. */
  get position(): number {
    return this.#position;
  }

  set position(words: number) {
    this.#position = words;
  }

  /** @returns an integer in [0, 2^32). */
  uint32(): number {
    const number = Math.floor(this.#position / 4);
    if (number !== this.#blockNumber) {
      const counter: Block = [
        number >>> 0,
        Math.floor(number / WORD) >>> 0,
        this.#name,
        this.#index,
      ];
      this.#block = philox4x32(counter, this.#key);
      this.#blockNumber = number;
    }
    return this.#block[(this.#position++ % 4) as 0 | 1 | 2 | 3];
  }

  /** @returns a double in [from, to), with 53 random bits. */
  uniform(from = 0, to = 1): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return from + ((high * 0x400_0000 + low) / 0x20_0000_0000_0000) * (to - from);
  }

  /** @returns a draw from N(mean, deviation^2), after Box and Muller (1958); takes four words. */
  normal(mean = 0, deviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** @returns an integer in [0, n), each equally likely; n in [1, 2^32]. */
  below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > WORD) throw new RangeError(`below(${n})`);
    // Words of the last, incomplete run of n values are drawn again: a bare remainder is biased.
    const limit = WORD - (WORD % n);
    let word = this.uint32();
    while (word >= limit) word = this.uint32();
    return word % n;
  }

  /** Shuffles in place (Fisher and Yates). */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const other = this.below(i + 1);
      [items[i], items[other]] = [items[other] as T, items[i] as T];
    }
    return items;
  }
}

/**
 * @param seed - the experiment's seed, a safe integer.
 * @param name - what the numbers are for, such as `dropout` or `bootstrap`.
 * @param index - which of them: a split, an epoch, a layer; uint32.
 */
export function stream(seed: number, name: string, index = 0): RandomStream {
  return new RandomStream(seed, name, index);
}

/** High word of the 64-bit product of two uint32. */
function highProduct(left: number, right: number): number {
  const leftLow = left & 0xffff;
  const leftHigh = left >>> 16;
  const rightLow = right & 0xffff;
  const rightHigh = right >>> 16;
  const middle = leftHigh * rightLow + ((leftLow * rightLow) >>> 16);
  const cross = leftLow * rightHigh + (middle & 0xffff);
  return (leftHigh * rightHigh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)) >>> 0;
}

/** FNV-1a (Fowler, Noll, Vo), 32 bits, over UTF-16 units. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
