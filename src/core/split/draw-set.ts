/**
 * The set that `split` takes out of a cohort: drawn class by class until it is like the rest in age
 * and sex. ClinicaDL 1.6.1 draws without a seed and until it succeeds, which may be never; here the
 * draws follow from the seed and end after a number of them, with what was the nearest.
 */
import { CapsuleError, describe, type Problem } from '../errors.ts';
import { stream } from '../random/philox.ts';
import {
  bestSexP,
  likeness,
  type Demographics,
  type Likeness,
  type SexStatistic,
} from './likeness.ts';
import { drawStratified, type Stratified } from './strata.ts';

/** Draws before it is given up: some seconds for a thousand participants. */
export const MAX_DRAWS = 10_000;

export interface Person extends Demographics, Stratified {
  readonly participant: string;
}

export interface Thresholds {
  /** Least p-values that are accepted, from 0 to 1; see `reachable` for the sexes. */
  readonly age: number;
  readonly sex: number;
  readonly statistic: SexStatistic;
}

export interface DrawChoice {
  /** Participants to draw: more than 0, fewer than all. */
  readonly size: number;
  readonly seed: number;
  /** What is drawn, so that two sets of one seed are drawn apart. */
  readonly name: string;
  /** Absent: the first draw is taken, whatever the ages and the sexes. */
  readonly thresholds?: Thresholds | undefined;
  readonly maxDraws?: number;
}

export interface Drawn {
  readonly participants: ReadonlySet<string>;
  readonly draws: number;
  /** Absent when nothing was asked of age and sex. */
  readonly likeness?: Likeness;
  readonly problems: readonly Problem[];
}

/**
 * @param people - in an order of their own: the same people in another order are drawn otherwise
 * @throws SPLIT_UNLIKE when no draw meets the thresholds
 */
export function drawSet(people: readonly Person[], choice: DrawChoice): Drawn {
  const { size, seed, name, thresholds, maxDraws = MAX_DRAWS } = choice;
  const { asked, problems } = reachable(people, size, thresholds);
  const best = { pAge: 0, pSex: 0 };
  let nearest: Likeness = { pAge: 0, pSex: 0 };
  for (let draw = 0; draw < maxDraws; draw++) {
    const set = drawStratified(people, size, stream(seed, `split ${name}`, draw));
    const participants = new Set(set.map(({ participant }) => participant));
    if (asked === undefined) return { participants, draws: 1, problems };
    const rest = people.filter(({ participant }) => !participants.has(participant));
    const found = likeness(set, rest, asked.statistic);
    if (meets(found, asked)) return { participants, draws: draw + 1, likeness: found, problems };
    best.pAge = Math.max(best.pAge, found.pAge);
    best.pSex = Math.max(best.pSex, found.pSex);
    if (nearness(found, asked) > nearness(nearest, asked)) nearest = found;
  }
  throw new CapsuleError('SPLIT_UNLIKE', {
    expected: inWords(thresholds),
    found:
      `no such set in ${maxDraws} draws of ${size} out of ${people.length} participants with seed ` +
      `${seed}; the best p_age was ${digits(best.pAge)}, the best p_sex ${digits(best.pSex)}, ` +
      `together p_age ${digits(nearest.pAge)} with p_sex ${digits(nearest.pSex)}`,
  });
}

function meets({ pAge, pSex }: Likeness, { age, sex }: Thresholds): boolean {
  return pAge >= age && pSex >= sex;
}

/** 1 or more where both thresholds are met: the smaller of the two shares that are reached. */
function nearness({ pAge, pSex }: Likeness, { age, sex }: Thresholds): number {
  return Math.min(age === 0 ? 1 : pAge / age, sex === 0 ? 1 : pSex / sex);
}

/**
 * With few whole people the sexes cannot always be as near as the threshold asks: five of as many
 * women as men have p_sex 0.65 at best. Then the nearest that there is is asked for, with a warning.
 */
function reachable(people: readonly Person[], size: number, thresholds: Thresholds | undefined) {
  if (thresholds === undefined) return { asked: undefined, problems: [] };
  const bestOf = (count: number) => bestSexP(people, count, thresholds.statistic);
  const best = bestOf(size);
  if (best >= thresholds.sex) return { asked: thresholds, problems: [] };
  const isEnough = (count: number) => bestOf(count) >= thresholds.sex;
  const near = [-1, 1].map((step) => firstSize(size, step, people.length, isEnough));
  const sizes = near.filter((count) => count !== undefined).join(' or ');
  const problem = describe('SPLIT_NEAREST', {
    expected: `p_sex >= ${thresholds.sex}`,
    found: `${digits(best)} for the best ${size} of these ${people.length} participants`,
    ...(sizes === '' ? {} : { action: `Take ${sizes} participants to meet it.` }),
  });
  // The last digits depend on the order in which sexes are summed.
  return { asked: { ...thresholds, sex: best * (1 - 1e-9) }, problems: [problem] };
}

/** The first size on one side that is enough, among the next hundred. */
function firstSize(
  size: number,
  step: number,
  total: number,
  isEnough: (count: number) => boolean,
): number | undefined {
  for (let away = 1; away <= 100; away++) {
    const count = size + step * away;
    if (count < 1 || count >= total) return undefined;
    if (isEnough(count)) return count;
  }
  return undefined;
}

const inWords = (thresholds: Thresholds | undefined): string =>
  `p_age >= ${thresholds?.age} and p_sex >= ${thresholds?.sex}`;

/** @returns a p-value in four digits, never rounded up to a threshold that is not met. */
export const digits = (p: number): string =>
  p < 1e-3 ? String(Number(p.toPrecision(2))) : String(Math.floor(p * 1e4) / 1e4);
