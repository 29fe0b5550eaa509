/**
 * Drawing participants stratum by stratum, so that a set has the classes in the proportion of the
 * whole. Places are shared out by the largest remainder (Hamilton's method); strata with the same
 * remainder take turns by lot. Strata may be nested: first by diagnosis, then by site within it.
 */
import type { RandomStream } from '../random/philox.ts';

export interface Stratified {
  /** Outermost first; empty when everyone is drawn alike. */
  readonly strata: readonly string[];
}

/**
 * @param sizes - participants of each stratum, at least `total` in all
 * @returns how many of each are drawn: the exact share rounded down or up, `total` in all
 */
export function shareOut(sizes: readonly number[], total: number, random: RandomStream): number[] {
  const all = sizes.reduce((sum, size) => sum + size, 0);
  // Whole numbers times `all`, so that no remainder is lost to rounding.
  const shares = sizes.map((size) => (all === 0 ? 0 : Math.floor((size * total) / all)));
  const remainders = sizes.map((size, stratum) => size * total - (shares[stratum] ?? 0) * all);
  let left = total - shares.reduce((sum, share) => sum + share, 0);
  const byLot = random.shuffle(sizes.map((_size, stratum) => stratum));
  byLot.sort((a, b) => (remainders[b] ?? 0) - (remainders[a] ?? 0));
  for (const stratum of byLot) {
    if (left === 0) break;
    shares[stratum] = (shares[stratum] ?? 0) + 1;
    left -= 1;
  }
  return shares;
}

/** @returns `count` of the items, all equally likely, in the order in which they were drawn. */
export function drawSome<T>(items: readonly T[], count: number, random: RandomStream): T[] {
  // The first steps of a shuffle: who is not drawn costs nothing.
  const pool = [...items];
  for (let i = 0; i < count; i++) {
    const other = i + random.below(pool.length - i);
    [pool[i], pool[other]] = [pool[other] as T, pool[i] as T];
  }
  return pool.slice(0, count);
}

/** @returns `count` of `people`, each stratum in its proportion; all equally likely within it. */
export function drawStratified<T extends Stratified>(
  people: readonly T[],
  count: number,
  random: RandomStream,
  depth = 0,
): T[] {
  if (people[0] === undefined) return [];
  if (depth === people[0].strata.length) return drawSome(people, count, random);
  const groups = new Map<string, T[]>();
  for (const person of people) {
    const key = person.strata[depth] ?? '';
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [person]);
    else group.push(person);
  }
  const ordered = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
  const shares = shareOut(
    ordered.map((group) => group.length),
    count,
    random,
  );
  return ordered.flatMap((group, i) => drawStratified(group, shares[i] ?? 0, random, depth + 1));
}
