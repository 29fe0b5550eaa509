/**
 * Mersenne Twister (Matsumoto and Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed
 * uniform pseudo-random number generator", 1998), the generator behind PyTorch's CPU numbers, and
 * the order of its `randperm`. Used only where results must equal PyTorch's; everything of our own
 * draws from `philox.ts`.
 */
const SIZE = 624;
const SHIFT = 397;
const MATRIX = 0x9908b0df;
const UPPER = 0x80000000;
const LOWER = 0x7fffffff;

export class Mt19937 {
  readonly #state = new Uint32Array(SIZE);
  #next = SIZE;

  /** @param seed - integer; as in PyTorch only its lowest 32 bits count. */
  constructor(seed: number) {
    this.#state[0] = Number(BigInt.asUintN(32, BigInt(seed)));
    for (let i = 1; i < SIZE; i++) {
      const previous = this.#at(i - 1);
      this.#state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** @returns the next integer in [0, 2^32). */
  nextUint32(): number {
    if (this.#next === SIZE) this.#refill();
    let y = this.#at(this.#next++);
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #at(index: number): number {
    return this.#state[index] as number;
  }

  #refill(): void {
    for (let i = 0; i < SIZE; i++) {
      const mixed = (this.#at(i) & UPPER) | (this.#at((i + 1) % SIZE) & LOWER);
      const twist = (mixed & 1) === 0 ? 0 : MATRIX;
      this.#state[i] = this.#at((i + SHIFT) % SIZE) ^ (mixed >>> 1) ^ twist;
    }
    this.#next = 0;
  }
}

/**
 * The order of `torch.randperm(n, generator=torch.Generator().manual_seed(seed))` on the CPU.
 * @param n - how many, below 2^32 / 20: above that PyTorch shuffles in another way.
 * @returns the integers 0..n-1 in that order.
 */
export function randperm(n: number, seed: number): Uint32Array<ArrayBuffer> {
  if (n >= 0xffffffff / 20)
    throw new RangeError(`randperm: ${n} is more than PyTorch's short path`);
  const generator = new Mt19937(seed);
  const order = Uint32Array.from({ length: n }, (_, index) => index);
  for (let i = 0; i < n - 1; i++) {
    const other = i + (generator.nextUint32() % (n - i));
    const kept = order[i] as number;
    order[i] = order[other] as number;
    order[other] = kept;
  }
  return order;
}
