/**
 * Thumbnails as rows are seen: at most two are decoded at a time, the last asked first, what scrolls
 * away before its turn is not decoded at all, and so many are kept as fit a few megabytes.
 */
import type { Thumbnail } from '../../jobs/session-api.ts';

/** Undefined for a scan that has no picture. */
export type Picture = Thumbnail | undefined;

interface Wanted {
  readonly key: string;
  readonly told: (picture: Picture) => void;
}

const AT_ONCE = 2;
/** 12 kB each. */
const KEPT = 400;

export class ThumbnailQueue {
  readonly #make: (key: string) => Promise<Picture>;
  readonly #kept = new Map<string, Picture>();
  readonly #running = new Map<string, Set<Wanted>>();
  #waiting: Wanted[] = [];
  /** Counts cohorts: what was asked of an earlier one is not kept. */
  #turn = 0;

  /** @param make - decodes one; a rejection counts as a scan without a picture */
  constructor(make: (key: string) => Promise<Picture>) {
    this.#make = make;
  }

  /**
   * @param told - called with the picture, at once where it is known
   * @returns ends the wish
   */
  want(key: string, told: (picture: Picture) => void): () => void {
    if (this.#kept.has(key)) {
      const picture = this.#kept.get(key);
      this.#keep(key, picture);
      told(picture);
      return () => undefined;
    }
    const wanted = { key, told };
    const running = this.#running.get(key);
    if (running === undefined) this.#waiting.push(wanted);
    else running.add(wanted);
    this.#next();
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== wanted);
      this.#running.get(key)?.delete(wanted);
    };
  }

  /** Another cohort, or another preprocessing of it. */
  forget(): void {
    this.#turn += 1;
    this.#kept.clear();
    this.#waiting = [];
    this.#running.clear();
  }

  #next(): void {
    while (this.#running.size < AT_ONCE) {
      const last = this.#waiting.at(-1);
      if (last === undefined) return;
      const { key } = last;
      const same = new Set(this.#waiting.filter((other) => other.key === key));
      this.#waiting = this.#waiting.filter((other) => other.key !== key);
      this.#running.set(key, same);
      const turn = this.#turn;
      const done = (picture: Picture): void => {
        if (turn !== this.#turn) return;
        this.#running.delete(key);
        this.#keep(key, picture);
        for (const { told } of same) told(picture);
        this.#next();
      };
      this.#make(key).then(done, () => done(undefined));
    }
  }

  /** The one that was not looked at for longest goes first. */
  #keep(key: string, picture: Picture): void {
    this.#kept.delete(key);
    this.#kept.set(key, picture);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }
}
