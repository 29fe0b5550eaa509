/** The mean map of each part over the sessions of a group. */
import type { SessionMap } from '../interpret.ts';

interface Sum {
  readonly map: SessionMap;
  readonly values: Float64Array;
  count: number;
}

export class MeanMaps {
  readonly #sums = new Map<number, Sum>();
  readonly #divisor: number;

  /**
   * @param divisor - what means are divided by once more: 1, or with `--compat 1.6.1` the number of
   *   parts of an image, by which 1.6.1 makes them too small
   */
  constructor(divisor: number) {
    this.#divisor = divisor;
  }

  add(map: SessionMap): void {
    const known = this.#sums.get(map.part);
    const sum = known ?? { map, values: new Float64Array(map.values.length), count: 0 };
    if (known === undefined) this.#sums.set(map.part, sum);
    sum.count += 1;
    for (let i = 0; i < map.values.length; i++) {
      sum.values[i] = (sum.values[i] ?? 0) + (map.values[i] ?? 0);
    }
  }

  *maps(): Generator<SessionMap> {
    for (const { map, values, count } of this.#sums.values()) {
      const divisor = count * this.#divisor;
      yield { ...map, values: Float32Array.from(values, (sum) => sum / divisor) };
    }
  }
}
