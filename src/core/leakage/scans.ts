/**
 * Rules about what scans hold: one scan under two names, one session with two scans. Scans are
 * compared by a hash of their voxels and shape, which a new name, another data type or another
 * compression leaves as it is.
 */
import { sessionName, type SessionKey } from '../tsv/sessions.ts';
import {
  groupBy,
  isSameOrAny,
  pairsOf,
  rowsOf,
  sorted,
  type AuditRow,
  type AuditSet,
  type Experiment,
  type Scan,
} from './experiment.ts';
import { alikeGroups } from './ids.ts';
import { overlap, people } from './people.ts';
import { counted, type Case, type Examined, type Rule } from './rule.ts';

export const SCAN_RULES: readonly Rule[] = [
  { code: 'LEAKAGE_SCAN', examine: copies },
  { code: 'LEAKAGE_VALIDATION_TEST', examine: dependentTest },
  { code: 'LEAKAGE_SESSION_TWICE', examine: repeatedSessions },
];

function copies({ sets, scans }: Experiment): Examined {
  if (scans === undefined) return { unchecked: 'no volume was read' };
  const index = new ScanIndex(scans);
  const across = pairsOf(sets).flatMap((pair): Case[] => {
    const found = index.copiesOf(pair.first, pair.second);
    return asCase('error', pair.where, found);
  });
  const within = sets.flatMap((set) => asCase('warning', set.name, index.copiesOf(set, set)));
  return { looked: counted(scans.length, 'scan'), cases: [...across, ...within] };
}

function dependentTest({ sets, scans }: Experiment): Examined {
  const pairs = pairsOf(sets).filter(({ first }) => first.role === 'validation');
  if (pairs.length === 0) return { unchecked: 'no validation set beside a test set' };
  const index = scans === undefined ? undefined : new ScanIndex(scans);
  const cases = pairs.flatMap((pair): Case[] => {
    const { same } = overlap(pair);
    const found = index?.copiesOf(pair.first, pair.second) ?? [];
    const participants = sorted([...same, ...found.flatMap(namesOf)]);
    if (participants.length === 0) return [];
    const detail = `${counted(same.length, 'participant')} and ${counted(found.length, 'copied scan')}`;
    return [{ severity: 'error', where: pair.where, participants, detail }];
  });
  const rows = pairs.flatMap(({ first, second }) => [...first.rows, ...second.rows]);
  const content = index === undefined ? 'by id' : 'by id and by content';
  return { looked: `${people(rows)} of validation and test, ${content}`, cases };
}

function repeatedSessions(experiment: Experiment): Examined {
  const scans = experiment.scans ?? [];
  return {
    looked: `${counted(sessionsIn(rowsOf(experiment)), 'session')} of ${counted(experiment.sets.length, 'set')}`,
    cases: [
      ...experiment.sets.flatMap(repeatedRows),
      ...respelled(experiment),
      ...severalVolumes(scans),
    ],
  };
}

/** The same unit twice in one table. Two tables of a set may both have it: baseline and all. */
function repeatedRows({ name, rows }: AuditSet): Case[] {
  const seen = new Set<string>();
  const repeated = rows.filter((row) => {
    const key = [row.file, row.cohort, sessionName(row), row.part].join('\t');
    return seen.size === seen.add(key).size;
  });
  if (repeated.length === 0) return [];
  const participants = sorted(repeated.map(({ participant }) => participant));
  const detail = `${counted(repeated.length, 'row')} too many, such as ${exampleOf(repeated)}`;
  return [{ severity: 'warning', where: name, participants, detail }];
}

/** `ses-M0` and `ses-M000` of one participant, unless their voxels show one scan (LEAKAGE_SCAN). */
function respelled(experiment: Experiment): Case[] {
  const scans = experiment.scans ?? [];
  const everything: readonly Named[] = [...rowsOf(experiment), ...scans];
  return [...groupBy(everything, personOf).values()].flatMap((known) =>
    alikeGroups(known.map(({ session }) => session)).flatMap((group): Case[] => {
      const { participant = '', cohort } = known[0] ?? {};
      const hashes = scans
        .filter((scan) => scan.participant === participant && scan.cohort === cohort)
        .filter(({ session }) => group.includes(session))
        .map(({ hash }) => hash);
      if (hashes.length === group.length && new Set(hashes).size === 1) return [];
      const detail = `${participant}: ${group.join(' = ')}`;
      return [
        { severity: 'warning', where: 'ids of sessions', participants: [participant], detail },
      ];
    }),
  );
}

function severalVolumes(scans: readonly Scan[]): Case[] {
  const bySession = groupBy(scans, (scan) => `${personOf(scan)}/${scan.session}`);
  return [...bySession.values()]
    .filter((found) => new Set(found.map(({ hash }) => hash)).size > 1)
    .map((found) => ({
      severity: 'warning' as const,
      where: 'volumes of one session that differ',
      participants: sorted(found.map(({ participant }) => participant)),
      detail: sorted(found.map(({ file }) => file)).join(', '),
    }));
}

/** Two names of one scan. */
type Copy = readonly [Scan, Scan];

class ScanIndex {
  readonly #bySession: ReadonlyMap<string, readonly Scan[]>;

  constructor(scans: readonly Scan[]) {
    this.#bySession = groupBy(scans, sessionName);
  }

  /** @returns scans of `first` that stand in `second` under another name. */
  copiesOf(first: AuditSet, second: AuditSet): Copy[] {
    const byHash = groupBy(this.#of(second), ({ hash }) => hash);
    return [...this.#of(first)].flatMap((scan) =>
      (byHash.get(scan.hash) ?? [])
        .filter((other) => !isSameName(scan, other))
        .map((other): Copy => [scan, other]),
    );
  }

  #of({ rows }: AuditSet): Set<Scan> {
    return new Set(
      rows.flatMap((row) =>
        (this.#bySession.get(sessionName(row)) ?? []).filter(({ cohort }) =>
          isSameOrAny(cohort, row.cohort),
        ),
      ),
    );
  }
}

function isSameName(one: Scan, other: Scan): boolean {
  return sessionName(one) === sessionName(other) && isSameOrAny(one.cohort, other.cohort);
}

function asCase(severity: Case['severity'], where: string, found: readonly Copy[]): Case[] {
  if (found.length === 0) return [];
  const examples = sorted(found.map((copy) => sorted(copy.map(nameOf)).join(' = ')));
  const participants = sorted(found.flatMap(namesOf));
  return [{ severity, where, participants, detail: examples.slice(0, 5).join(', ') }];
}

interface Named extends SessionKey {
  readonly cohort?: string | undefined;
}

const personOf = ({ cohort = '', participant }: Named): string => `${cohort} ${participant}`;

const nameOf = ({ cohort, ...key }: Scan): string =>
  cohort === undefined ? sessionName(key) : `${cohort} ${sessionName(key)}`;

const namesOf = (copy: Copy): string[] => copy.map(({ participant }) => participant);

const sessionsIn = (rows: readonly AuditRow[]): number => new Set(rows.map(sessionName)).size;

const exampleOf = (keys: readonly SessionKey[]): string => sorted(keys.map(sessionName))[0] ?? '';
