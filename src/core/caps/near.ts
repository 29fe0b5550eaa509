/**
 * "No such file: the nearest is ...". Of thousands of names the nearest by edits (Levenshtein 1966)
 * is among those that share the longest beginning, the longest end, or everything but leading zeros
 * and case: only these few are compared letter by letter.
 */
import { editDistance } from '../config/nearest.ts';

/** Names on each side of the place where a name would stand. */
const NEIGHBOURS = 4;
/** Files of one session that are compared; more are never needed to tell a misspelling. */
const MOST_FILES = 64;
const MOST_KNOWN = 10_000;

/** Finds the nearest of many names. */
export class NameFinder {
  readonly #names: readonly string[];
  readonly #reversed: readonly (readonly [string, string])[];
  readonly #plain = new Map<string, string>();

  constructor(names: readonly string[]) {
    this.#names = [...names].sort();
    this.#reversed = names
      .map((name) => [reversed(name), name] as const)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    for (const name of names) this.#plain.set(plain(name), name);
  }

  /** @returns undefined only when there is no name at all. */
  nearest(name: string): string | undefined {
    const same = this.#plain.get(plain(name));
    if (same !== undefined) return same;
    const backwards = reversed(name);
    const begin = around(this.#names, (other) => other < name);
    const end = around(this.#reversed, ([other]) => other < backwards).map(([, other]) => other);
    return fewestEdits([...begin, ...end], (other) => distance(name, other));
  }
}

/** Finds the file of a session whose name is nearest to what a pattern spells out. */
export class NearFileFinder {
  readonly #wanted: string;
  /** Sessions of one study have the same names but for their ids: most distances are known. */
  readonly #known = new Map<string, number>();

  /** @param pattern - that none of the files matches */
  constructor(pattern: string) {
    this.#wanted = spelt(lastOf(pattern));
  }

  /** @param files - paths below the session's folder; undefined is returned only without any */
  nearest(files: readonly string[]): string | undefined {
    return fewestEdits(files.slice(0, MOST_FILES), (file) => this.#distance(file));
  }

  #distance(file: string): number {
    const name = withoutIds(lastOf(file));
    let edits = this.#known.get(name);
    if (edits === undefined) {
      edits = distance(this.#wanted, name);
      if (this.#known.size < MOST_KNOWN) this.#known.set(name, edits);
    }
    return edits;
  }
}

/** Leading zeros and case aside: `sub-01`, `sub-001` and `SUB-1` are likely to be one person. */
const plain = (name: string): string => name.toLowerCase().replace(/0+(?=\d)/g, '');

const reversed = (name: string): string => [...name].reverse().join('');

const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** What a pattern says without its stars. */
const spelt = (pattern: string): string => pattern.replace(/\*|\[[^\]]*\]/g, '');

const withoutIds = (name: string): string =>
  name.replace(/^sub-[A-Za-z0-9]+_ses-[A-Za-z0-9]+_/, '');

function around<Name>(sorted: readonly Name[], isBefore: (name: Name) => boolean): Name[] {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(sorted[middle] as Name)) low = middle + 1;
    else high = middle;
  }
  return sorted.slice(Math.max(0, low - NEIGHBOURS), low + NEIGHBOURS);
}

function fewestEdits(
  candidates: readonly string[],
  distanceOf: (candidate: string) => number,
): string | undefined {
  let best: string | undefined;
  let fewest = Infinity;
  for (const candidate of candidates) {
    const edits = distanceOf(candidate);
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}

const distance = (a: string, b: string): number =>
  editDistance(a.slice(0, 256).toLowerCase(), b.slice(0, 256).toLowerCase());
