/**
 * `get-progression`: what becomes of the diagnosis within a horizon, for each session: stable (s),
 * worse (p), better (r), both in turn (us, the whole participant), or unknown (uk, the last session).
 * The rules are ClinicaDL's (https://clinicadl.readthedocs.io, "get-progression").
 */
import { CapsuleError, describe, type Problem } from '../errors.ts';
import { nearest } from '../config/nearest.ts';
import { oddities } from '../tsv/inspect.ts';
import { numberIn, pandasTable } from '../tsv/pandas-cells.ts';
import type { NamedTable } from '../tsv/read-table.ts';
import { compareKeys, monthsOf, withThreeDigits } from '../tsv/session-time.ts';
import { PARTICIPANT_COLUMN, SESSION_COLUMN, sessionsOf } from '../tsv/sessions.ts';
import { columnOf, isMissing, type Table } from '../tsv/table.ts';
import { checkCohort } from './cohort-checks.ts';
import { findRole } from './columns.ts';
import {
  byParticipant,
  inferDiagnoses,
  inferenceProblems,
  refuseSameMonths,
  type Visit,
} from './infer.ts';

export const PROGRESSION = 'progression';
export type Progression = 's' | 'p' | 'r' | 'us' | 'uk';

export interface ProgressionChoice {
  /** Months. */
  readonly horizon: number;
  /** Diagnoses from the healthiest to the most ill; CN, MCI, AD (or Dementia) when left out. */
  readonly order?: readonly string[] | undefined;
  /** Writes `ses-M000` for `ses-M00`, as 1.6.1; the names of a table are those of folders. */
  readonly threeDigits: boolean;
}

export interface ProgressionTable {
  readonly table: Table;
  readonly counts: Readonly<Record<Progression, number>>;
  readonly problems: readonly Problem[];
}

const RANKS: ReadonlyMap<string, number> = new Map([
  ['CN', 0],
  ['MCI', 1],
  ['AD', 2],
  ['Dementia', 2],
]);

/**
 * @param data - with a diagnosis; sessions without one are filled in or left out, as by `get-labels`
 * @throws TSV_COLUMN, TSV_ID, TSV_DUPLICATE_ROW, PROGRESSION_MONTHS, PROGRESSION_ORDER, LABELS_EMPTY
 */
export function addProgression(data: NamedTable, choice: ProgressionChoice): ProgressionTable {
  const { table, file } = data;
  const keys = sessionsOf(table, data);
  const cells = columnOf(table, 'diagnosis', data);
  const visits = keys.map((key, position) => {
    const cell = cells[position] ?? '';
    return { ...key, position, diagnosis: isMissing(cell) ? '' : cell.trim() };
  });
  const timed = visits.filter(({ session }) => monthsOf(session) !== undefined);
  if (timed.length === 0) throw noMonths(data, visits);
  refuseSameMonths(timed, data);
  const inferred = inferDiagnoses(timed, 'months');
  const groups = byParticipant(inferred.visits);
  // One session alone is unknown whatever its diagnosis.
  const followed = groups.filter((group) => group.length > 1);
  const rank = rankOf(followed.flat(), choice.order, file);
  const labels = new Map<number, Progression>();
  for (const group of groups) {
    progressionsOf(group, rank, choice.horizon).forEach((label, position) => {
      labels.set(group[position]?.position ?? -1, label);
    });
  }
  const untimed = visits.filter(({ session }) => monthsOf(session) === undefined);
  const rows = [...inferred.visits, ...untimed].sort(compareKeys);
  const counts = { s: 0, p: 0, r: 0, us: 0, uk: 0 };
  for (const label of labels.values()) counts[label] += 1;
  return {
    table: write(table, rows, labels, choice.threeDigits),
    counts,
    problems: [
      ...oddities(data),
      ...checkCohort(data, keys, {
        age: findRole(data, 'age')?.name,
        sex: findRole(data, 'sex')?.name,
      }),
      ...inferenceProblems(inferred, { file, column: 'diagnosis' }),
      ...(counts.uk === labels.size ? [describe('PROGRESSION_SINGLE', { file })] : []),
    ],
  };
}

/** @param group - the visits of one participant in the order of time, each with a diagnosis. */
export function progressionsOf(
  group: readonly Visit[],
  rank: (diagnosis: string) => number,
  horizon: number,
): Progression[] {
  const points = group.map(({ session, diagnosis }) => ({
    months: monthsOf(session) ?? 0,
    rank: rank(diagnosis),
  }));
  const labels = points.map((point): Progression => {
    const change = Math.sign(rankAt(points, point, horizon) - point.rank);
    return change > 0 ? 'p' : change < 0 ? 'r' : 's';
  });
  // Worse and better in turn, with stable sessions between them or without.
  if (labels.includes('p') && labels.includes('r')) return labels.map(() => 'us');
  return labels.map((label, position) => (position === labels.length - 1 ? 'uk' : label));
}

interface Point {
  readonly months: number;
  readonly rank: number;
}

/** Rank at the horizon of `from`: of that session, of the last one, or of the sessions around it. */
function rankAt(points: readonly Point[], from: Point, horizon: number): number {
  const target = from.months + horizon;
  const before = points.findLast(({ months }) => months <= target) ?? from;
  const after = points.find(({ months }) => months > target);
  if (before.months === target || after === undefined) return before.rank;
  return before.rank === from.rank ? after.rank : before.rank;
}

/** @returns the place of a diagnosis between healthy and ill @throws PROGRESSION_ORDER */
function rankOf(
  visits: readonly Visit[],
  order: readonly string[] | undefined,
  file: string,
): (diagnosis: string) => number {
  const ranks = order === undefined ? RANKS : new Map(order.map((name, place) => [name, place]));
  const names = [...new Set(visits.map(({ diagnosis }) => diagnosis))].sort();
  const unknown = names.filter((name) => !ranks.has(name));
  if (unknown.length === 0) return (diagnosis) => ranks.get(diagnosis) ?? 0;
  const areNumbers = order === undefined && names.every((name) => numberIn(name) !== undefined);
  if (areNumbers) return (diagnosis) => numberIn(diagnosis) ?? 0;
  const meant = nearest(unknown[0] ?? '', [...ranks.keys()]);
  throw new CapsuleError('PROGRESSION_ORDER', {
    ...{ file, column: 'diagnosis', expected: [...ranks.keys()].join(', ') },
    found: unknown.slice(0, 12).join(', '),
    ...(meant === undefined || order !== undefined
      ? {}
      : {
          action: `Write ${meant} for ${unknown[0]}, or give the order with --order, healthiest first.`,
        }),
  });
}

function noMonths({ file }: NamedTable, visits: readonly Visit[]): CapsuleError {
  if (visits.length === 0) return new CapsuleError('LABELS_EMPTY', { file, found: 'no row' });
  const names = [...new Set(visits.map(({ session }) => session))];
  return new CapsuleError('PROGRESSION_MONTHS', {
    ...{ file, column: SESSION_COLUMN, expected: 'ses-M000' },
    found: names.slice(0, 8).join(', '),
  });
}

function write(
  table: Table,
  visits: readonly Visit[],
  labels: ReadonlyMap<number, Progression>,
  threeDigits: boolean,
): Table {
  const own = [PARTICIPANT_COLUMN, SESSION_COLUMN, PROGRESSION];
  const others = table.columns.filter((name) => !own.includes(name));
  const places = others.map((name) => table.columns.indexOf(name));
  const diagnosis = others.indexOf('diagnosis');
  const written = {
    columns: [PARTICIPANT_COLUMN, SESSION_COLUMN, ...others, PROGRESSION],
    rows: visits.map((visit) => {
      const cells = places.map((place) => table.rows[visit.position]?.[place] ?? '');
      cells[diagnosis] = visit.diagnosis;
      return [
        visit.participant,
        threeDigits ? withThreeDigits(visit.session) : visit.session,
        ...cells,
        labels.get(visit.position) ?? '',
      ];
    }),
  };
  return pandasTable(written, ['diagnosis']);
}
