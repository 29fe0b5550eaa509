/**
 * Keeps the screen, and with it the computer, awake while something long runs. Browsers take the lock
 * back whenever the page is hidden: it is asked for again when the page is seen. Where it is refused
 * nothing is made of it. https://www.w3.org/TR/screen-wake-lock/
 */
export interface Sentinel {
  release(): Promise<void>;
  addEventListener(type: 'release', heard: () => void): void;
}

/** What it uses of the browser. */
export interface WakeWorld {
  /** `navigator.wakeLock`; undefined where there is none. */
  readonly locks: { request(type: 'screen'): Promise<Sentinel> } | undefined;
  readonly isVisible: () => boolean;
}

export class WakeLock {
  readonly #world: WakeWorld;
  readonly #told: (isHeld: boolean) => void;
  #isWanted = false;
  #held: Sentinel | undefined;
  #asking = false;

  /** @param told - when it is got, and when it is lost */
  constructor(world: WakeWorld, told: (isHeld: boolean) => void) {
    this.#world = world;
    this.#told = told;
  }

  async want(isWanted: boolean): Promise<void> {
    this.#isWanted = isWanted;
    if (isWanted) return this.seen();
    const held = this.#held;
    this.#lost(held);
    await held?.release().catch(() => undefined);
  }

  /** The page may have become visible. */
  async seen(): Promise<void> {
    const { locks, isVisible } = this.#world;
    const isIdle = !this.#isWanted || this.#held !== undefined || this.#asking;
    if (isIdle || locks === undefined || !isVisible()) return;
    this.#asking = true;
    try {
      const sentinel = await locks.request('screen');
      if (!this.#isWanted) return void sentinel.release().catch(() => undefined);
      this.#held = sentinel;
      this.#told(true);
      sentinel.addEventListener('release', () => this.#lost(sentinel));
    } catch {
      // Low battery, or a policy: training goes on without.
    } finally {
      this.#asking = false;
    }
  }

  #lost(sentinel: Sentinel | undefined): void {
    if (sentinel === undefined || this.#held !== sentinel) return;
    this.#held = undefined;
    this.#told(false);
  }
}
