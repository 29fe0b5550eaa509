/**
 * A lock that its holder may take again: the first hold takes it, the last one to go gives it back. A
 * job that runs within another one, on the same tree, then needs no word about who holds the lock.
 */

/** Gives back what was taken; does nothing the second time. */
export type Release = () => Promise<void>;

export class Hold {
  readonly #take: () => Promise<Release>;
  #taken: Promise<Release> | undefined;
  #count = 0;

  /** @param take - takes the lock itself; throws where others have it */
  constructor(take: () => Promise<Release>) {
    this.#take = take;
  }

  async take(): Promise<Release> {
    const taken = (this.#taken ??= this.#take());
    this.#count += 1;
    try {
      await taken;
    } catch (error) {
      this.#count -= 1;
      if (this.#taken === taken) this.#taken = undefined;
      throw error;
    }
    let isOpen = true;
    return async () => {
      if (!isOpen) return;
      isOpen = false;
      this.#count -= 1;
      if (this.#count > 0) return;
      this.#taken = undefined;
      await (
        await taken
      )();
    };
  }
}
