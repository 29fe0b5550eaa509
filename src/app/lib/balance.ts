/**
 * How alike the sets are: people, age, sex and label by set, and whether they differ from training by
 * more than chance. The tests are those of `tsvtools split`: Student's t-test on ages (and on another
 * number that is to be predicted), and chi-square
 * of a set's counts against the proportions of the training set. People count once, at their first
 * session in the set.
 */
import { sexOf } from '../../core/labels/columns.ts';
import { sexP } from '../../core/split/likeness.ts';
import { studentTTest } from '../../core/statistics/student-t.ts';
import { compareSessions } from '../../core/tsv/session-time.ts';
import { isMissing } from '../../core/tsv/table.ts';
import type { ParticipantRow, SetName } from '../../jobs/session-api.ts';
import { moments, numbersOf, type Moments } from './distribution.ts';

export interface BalanceColumns {
  /** '' where nothing is predicted but the scan itself. */
  readonly label: string;
  /** Whether the label is a number to predict, rather than a class. */
  readonly isNumber?: boolean;
  readonly age?: string | undefined;
  readonly sex?: string | undefined;
}

export interface SetFacts {
  readonly set: SetName;
  readonly participants: number;
  readonly sessions: number;
  readonly age: Moments;
  /** Participants by sex and by label, unknown ones left out. */
  readonly sexes: ReadonlyMap<string, number>;
  readonly labels: ReadonlyMap<string, number>;
  /** Of a label that is a number. */
  readonly value?: Spread;
}

export interface Spread extends Moments {
  readonly low: number;
  readonly high: number;
}

/** p of a set against training; NaN where there is no test to make. */
export interface SetTests {
  readonly age: number;
  readonly sex: number;
  readonly label: number;
  /** Whether chi-square rests on fewer than five people that were to be expected somewhere. */
  readonly isRough: boolean;
}

export interface Balance {
  /** Sets that have someone, training first. */
  readonly sets: readonly SetFacts[];
  /** Sexes and labels that occur, sorted. */
  readonly sexes: readonly string[];
  readonly labels: readonly string[];
  readonly tests: ReadonlyMap<SetName, SetTests>;
}

const NAMES: readonly SetName[] = ['train', 'validation', 'test'];
/** Below this, the chi-square distribution is a rough guide (Cochran, 1954). */
const FEW = 5;

export function balance(
  rows: ReadonlyMap<string, ParticipantRow>,
  sets: Readonly<Record<SetName, readonly string[]>>,
  columns: BalanceColumns,
): Balance {
  const people = new Map(
    NAMES.map((set) => [set, firstRows(sets[set].flatMap((key) => rows.get(key) ?? []))]),
  );
  const facts = NAMES.filter((set) => sets[set].length > 0).map((set): SetFacts => {
    const members = people.get(set) ?? [];
    return {
      ...{ set, participants: members.length, sessions: sets[set].length },
      age: moments(numbersAt(members, columns.age)),
      sexes: countsOf(members.map((row) => sexCell(row, columns.sex))),
      ...(columns.isNumber === true
        ? { labels: new Map<string, number>(), value: spread(numbersAt(members, columns.label)) }
        : { labels: countsOf(members.map(({ cells }) => cells[columns.label]?.trim() ?? '')) }),
    };
  });
  const training = facts.find(({ set }) => set === 'train');
  const tests = facts.flatMap((one): [SetName, SetTests][] => {
    if (training === undefined || one.set === 'train') return [];
    const ages = (set: SetName) => numbersAt(people.get(set) ?? [], columns.age);
    const values = (set: SetName) => numbersAt(people.get(set) ?? [], columns.label);
    return [
      [
        one.set,
        {
          age: ageP(ages(one.set), ages('train')),
          sex: countP(one.sexes, training.sexes),
          label:
            columns.isNumber === true
              ? ageP(values(one.set), values('train'))
              : countP(one.labels, training.labels),
          isRough: isRough(one.sexes, training.sexes) || isRough(one.labels, training.labels),
        },
      ],
    ];
  });
  const valuesOf = (pick: (one: SetFacts) => ReadonlyMap<string, number>): string[] =>
    [...new Set(facts.flatMap((one) => [...pick(one).keys()]))].sort();
  return {
    sets: facts,
    sexes: valuesOf(({ sexes }) => sexes),
    labels: valuesOf(({ labels }) => labels),
    tests: new Map(tests),
  };
}

/** @returns the first session of each participant. */
export function firstRows(rows: readonly ParticipantRow[]): ParticipantRow[] {
  const first = new Map<string, ParticipantRow>();
  for (const row of rows) {
    const known = first.get(row.participant);
    if (known === undefined || compareSessions(row.session, known.session) < 0) {
      first.set(row.participant, row);
    }
  }
  return [...first.values()];
}

function spread(values: readonly number[]): Spread {
  return { ...moments(values), low: Math.min(...values), high: Math.max(...values) };
}

const numbersAt = (rows: readonly ParticipantRow[], column: string | undefined): number[] =>
  column === undefined ? [] : numbersOf(rows.map(({ cells }) => cells[column] ?? ''));

/** `F` and `M` where the cell says so in some way. */
function sexCell({ cells }: ParticipantRow, column: string | undefined): string {
  const cell = column === undefined ? '' : (cells[column]?.trim() ?? '');
  return sexOf(cell) ?? cell;
}

function countsOf(cells: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const cell of cells) if (!isMissing(cell)) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  return counts;
}

function ageP(set: readonly number[], training: readonly number[]): number {
  if (set.length === 0 || training.length === 0) return NaN;
  if (new Set([...set, ...training]).size === 1) return 1;
  return studentTTest(set, training).p;
}

function countP(set: ReadonlyMap<string, number>, training: ReadonlyMap<string, number>): number {
  return set.size === 0 || training.size === 0 ? NaN : sexP(set, training, 'counts');
}

function isRough(set: ReadonlyMap<string, number>, training: ReadonlyMap<string, number>): boolean {
  const [size, all] = [total(set), total(training)];
  if (size === 0 || all === 0) return false;
  return [...training.values()].some((count) => (count / all) * size < FEW);
}

const total = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);
