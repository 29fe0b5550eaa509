/**
 * How alike two sets of participants are in age and sex, as p-values: Student's t-test on the ages, a
 * chi-square test of the sexes in the one set against the proportions of the other. ClinicaDL 1.6.1
 * gives the chi-square test proportions where it needs counts, so that its p-value does not grow
 * stricter with the size of the set; that is kept as `proportions` for those who compare.
 */
import { chiSquareTest } from '../statistics/chi-square.ts';
import { studentTTest } from '../statistics/student-t.ts';

export interface Demographics {
  /** Years; NaN when unknown. */
  readonly age: number;
  /** Empty when unknown. */
  readonly sex: string;
}

export type SexStatistic = 'counts' | 'proportions';

export interface Likeness {
  readonly pAge: number;
  readonly pSex: number;
}

/** @returns both p-values; 0 where a test cannot be made, 1 where there is one value only. */
export function likeness(
  set: readonly Demographics[],
  rest: readonly Demographics[],
  statistic: SexStatistic,
): Likeness {
  return { pAge: ageP(set, rest), pSex: sexP(countSexes(set), countSexes(rest), statistic) };
}

function ageP(set: readonly Demographics[], rest: readonly Demographics[]): number {
  const [ages, others] = [knownAges(set), knownAges(rest)];
  if (ages.length === 0 || others.length === 0) return 0;
  if (new Set([...ages, ...others]).size === 1) return 1;
  const { p } = studentTTest(ages, others);
  return Number.isNaN(p) ? 0 : p;
}

const knownAges = (people: readonly Demographics[]): number[] =>
  people.map(({ age }) => age).filter((age) => !Number.isNaN(age));

/** Participants by sex, unknown ones left out. */
export type SexCounts = ReadonlyMap<string, number>;

export function countSexes(people: readonly Demographics[]): SexCounts {
  const counts = new Map<string, number>();
  for (const { sex } of people) if (sex !== '') counts.set(sex, (counts.get(sex) ?? 0) + 1);
  return counts;
}

/** @returns p of the sexes in `set` against the proportions in `rest`. */
export function sexP(set: SexCounts, rest: SexCounts, statistic: SexStatistic): number {
  const sexes = [...new Set([...set.keys(), ...rest.keys()])];
  if (sexes.length === 1) return 1;
  const [size, others] = [total(set), total(rest)];
  if (size === 0 || others === 0) return 0;
  const scale = statistic === 'counts' ? size : 1;
  const observed = sexes.map((sex) => ((set.get(sex) ?? 0) / size) * scale);
  const expected = sexes.map((sex) => ((rest.get(sex) ?? 0) / others) * scale);
  return chiSquareTest(observed, expected).p;
}

/**
 * The best p that any set of `size` of `people` can have, for two sexes that are all known: with
 * whole people, a small set cannot always be near enough.
 * @returns 1 in all other cases: then only drawing tells
 */
export function bestSexP(
  people: readonly Demographics[],
  size: number,
  statistic: SexStatistic,
): number {
  const [first, second, third] = [...countSexes(people)];
  const isKnown = (first?.[1] ?? 0) + (second?.[1] ?? 0) === people.length;
  if (first === undefined || second === undefined || third !== undefined || !isKnown) return 1;
  let best = 0;
  for (let count = Math.max(0, size - second[1]); count <= Math.min(first[1], size); count++) {
    const set = new Map([
      [first[0], count],
      [second[0], size - count],
    ]);
    const rest = new Map([
      [first[0], first[1] - count],
      [second[0], second[1] - size + count],
    ]);
    best = Math.max(best, sexP(set, rest, statistic));
  }
  return best;
}

const total = (counts: SexCounts): number => [...counts.values()].reduce((sum, n) => sum + n, 0);
