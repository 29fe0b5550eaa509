/**
 * Rules about who stands where. Images of one person resemble one another more than those of two,
 * so a network that has seen a person before is not tested (Wen et al., Medical Image Analysis 63,
 * 2020: more than half of the studies surveyed may have tested on people they had learnt).
 */
import { withThreeDigits } from '../tsv/session-time.ts';
import {
  cohortsByParticipant,
  groupBy,
  isSameOrAny,
  overlapOf,
  pairsOf,
  rowsOf,
  sorted,
  type AuditRow,
  type Experiment,
  type Overlap,
  type Pair,
} from './experiment.ts';
import { alikeGroups } from './ids.ts';
import { counted, type Case, type Examined, type Rule } from './rule.ts';

const ONE_SET = 'no two sets that must be apart';

export const PEOPLE_RULES: readonly Rule[] = [
  { code: 'LEAKAGE_PARTICIPANTS', examine: sharedPeople },
  { code: 'LEAKAGE_SESSIONS', examine: dividedPeople },
  { code: 'LEAKAGE_COHORT_IDS', examine: sharedIds },
  { code: 'LEAKAGE_IDS_ALIKE', examine: alikeIds },
];

function sharedPeople({ sets }: Experiment): Examined {
  return eachPair(sets, (pair) => {
    const { same } = overlap(pair);
    return same.length === 0 ? [] : [{ severity: 'error', where: pair.where, participants: same }];
  });
}

/** People whose rows of the two sets have nothing in common: not people were drawn, but rows. */
function dividedPeople({ sets }: Experiment): Examined {
  return eachPair(sets, ({ first, second, where }) => {
    const { same } = overlap({ first, second });
    const [ours, theirs] = [groupBy(first.rows, personId), groupBy(second.rows, personId)];
    const divided = same.filter(
      (participant) => !meet(ours.get(participant) ?? [], theirs.get(participant) ?? []),
    );
    const [example = ''] = divided;
    if (divided.length === 0) return [];
    const unitsIn = (rows: ReadonlyMap<string, readonly AuditRow[]>) =>
      sorted((rows.get(example) ?? []).map(unit))
        .slice(0, 3)
        .join(', ');
    const detail = `${example}: ${unitsIn(ours)} in ${first.name}, ${unitsIn(theirs)} in ${second.name}`;
    return [{ severity: 'error', where, participants: divided, detail }];
  });
}

function sharedIds(experiment: Experiment): Examined {
  const rows = rowsOf(experiment);
  const cohorts = sorted(rows.flatMap(({ cohort }) => cohort ?? []));
  if (cohorts.length < 2) return { unchecked: 'one cohort' };
  const across: Case[] = pairsOf(experiment.sets).flatMap((pair) => {
    const { elsewhere } = overlap(pair);
    if (elsewhere.length === 0) return [];
    return [{ severity: 'error', where: pair.where, participants: elsewhere }];
  });
  const told = new Set(across.flatMap(({ participants }) => participants));
  const within = [...cohortsByParticipant(rows.filter(({ cohort }) => cohort !== undefined))]
    .filter(([id, known]) => known.size > 1 && !told.has(id))
    .map(([id]) => id);
  const where = `cohorts ${cohorts.join(', ')}`;
  return {
    looked: `${people(rows)} of ${counted(cohorts.length, 'cohort')}`,
    cases:
      within.length === 0
        ? across
        : [...across, { severity: 'warning', where, participants: sorted(within) }],
  };
}

/** Only within a cohort: two cohorts count their participants each in its own way. */
function alikeIds(experiment: Experiment): Examined {
  const rows = rowsOf(experiment);
  const earlier = (experiment.ancestors ?? []).flatMap(({ seen }) => seen);
  const everyone: readonly { participant: string; cohort?: string | undefined }[] = [
    ...rows,
    ...earlier.map(({ participant }) => ({ participant })),
  ];
  const named = sorted(everyone.flatMap(({ cohort }) => cohort ?? []));
  const groups = (named.length === 0 ? [undefined] : named).flatMap((cohort) =>
    alikeGroups(
      everyone
        .filter((person) => isSameOrAny(person.cohort, cohort))
        .map(({ participant }) => participant),
    ),
  );
  const once = new Map(groups.map((group) => [group.join(), group]));
  return {
    looked: counted(new Set(everyone.map(({ participant }) => participant)).size, 'id'),
    cases: [...once.values()].map((participants) => ({
      ...{ severity: 'warning', where: 'ids', participants, detail: participants.join(' = ') },
    })),
  };
}

/** Looks at every two sets that must be apart. */
function eachPair(sets: Experiment['sets'], look: (pair: Pair) => readonly Case[]): Examined {
  const pairs = pairsOf(sets);
  if (pairs.length === 0) return { unchecked: ONE_SET };
  const rows = sets.flatMap((set) => set.rows);
  const looked = `${people(rows)} in ${counted(pairs.length, 'pair')} of sets`;
  return { looked, cases: pairs.flatMap(look) };
}

export const overlap = ({ first, second }: Pick<Pair, 'first' | 'second'>): Overlap =>
  overlapOf(first.rows, second.rows);

/** @returns how many participants there are, in words; those of two cohorts count twice. */
export function people(rows: readonly AuditRow[]): string {
  const keys = new Set(rows.map(({ participant, cohort = '' }) => `${cohort} ${participant}`));
  return counted(keys.size, 'participant');
}

const personId = ({ participant }: AuditRow): string => participant;

/**
 * @returns whether rows of one participant show something of the same image: of one visit the same
 * part, or the whole. There may be hundreds of parts on either side.
 */
function meet(some: readonly AuditRow[], others: readonly AuditRow[]): boolean {
  const partsOf = groupBy(others, ({ session }) => withThreeDigits(session));
  const known = new Map(
    [...partsOf].map(([visit, rows]) => [visit, new Set(rows.map(({ part }) => part))]),
  );
  return some.some(({ session, part }) => {
    const parts = known.get(withThreeDigits(session));
    return parts !== undefined && (part === undefined || parts.has(part) || parts.has(undefined));
  });
}

/** What a row stands for. */
const unit = ({ session, part }: AuditRow): string =>
  part === undefined ? session : `${session} part ${part}`;
