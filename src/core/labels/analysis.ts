/**
 * `analysis`: who stands behind each label: number, age, sex, MMSE and CDR at the first session with
 * a diagnosis, and sessions a participant. Columns and rules are ClinicaDL's
 * (https://clinicadl.readthedocs.io, "analysis"); a column that the data lack leaves its cells empty.
 */
import { pythonFloat } from '../config/python-json.ts';
import { CapsuleError, describe, type Problem } from '../errors.ts';
import { oddities } from '../tsv/inspect.ts';
import { numberIn } from '../tsv/pandas-cells.ts';
import type { NamedTable } from '../tsv/read-table.ts';
import { sessionIdentity } from '../tsv/session-time.ts';
import { sessionsOf } from '../tsv/sessions.ts';
import { columnOf, isMissing, rowNumber, type Table } from '../tsv/table.ts';
import { checkCohort } from './cohort-checks.ts';
import { findRole, sexCells, sexOf } from './columns.ts';
import { byParticipant, type Visit } from './infer.ts';
import { someSessions } from './some-of.ts';
import { summarise } from './summary-statistics.ts';

export interface AnalysisTable {
  readonly table: Table;
  readonly problems: readonly Problem[];
}

const COLUMNS = [
  ...['group', 'n_subjects', 'mean_age', 'std_age', 'min_age', 'max_age', 'sexF', 'sexM'],
  ...['mean_MMSE', 'std_MMSE', 'min_MMSE', 'max_MMSE'],
  ...['CDR_0', 'CDR_0.5', 'CDR_1', 'CDR_2', 'CDR_3', 'mean_scans', 'std_scans', 'n_scans'],
];
const CDR = 'cdr_global';
const CDR_VALUES = [0, 0.5, 1, 2, 3];

/**
 * @param merged - where age, sex and scores are read
 * @param data - the sessions and their labels
 * @throws LABELS_EMPTY for a diagnosis without a session, TSV_COLUMN, TSV_ID, TSV_DUPLICATE_ROW
 */
export function analyse(
  merged: NamedTable,
  data: NamedTable,
  diagnoses: readonly string[],
): AnalysisTable {
  const people = readPeople(merged);
  const visits = readVisits(data);
  const unknown = visits.filter((visit) => !people.rowOf.has(sessionIdentity(visit)));
  const known = visits.filter((visit) => people.rowOf.has(sessionIdentity(visit)));
  const rows = diagnoses.map((diagnosis) => {
    const own = visits.filter((visit) => visit.diagnosis === diagnosis);
    if (own.length === 0) throw noVisit(diagnosis, visits, data.file);
    const ofLabel = known.filter((visit) => visit.diagnosis === diagnosis);
    return [diagnosis, ...figures(byParticipant(own), byParticipant(ofLabel), people)];
  });
  const lost =
    unknown.length === 0
      ? []
      : [describe('METADATA_LOST', { file: merged.file, found: someSessions(unknown) })];
  return {
    table: { columns: COLUMNS, rows },
    problems: [...oddities(data), ...people.problems, ...lost],
  };
}

/** The merged table by session. */
interface People {
  /** Row by `sessionIdentity`. */
  readonly rowOf: ReadonlyMap<string, number>;
  readonly age: readonly string[] | undefined;
  readonly sex: readonly string[] | undefined;
  readonly mms: readonly string[] | undefined;
  readonly cdr: readonly string[] | undefined;
  readonly diagnosis: readonly string[] | undefined;
  readonly problems: readonly Problem[];
}

function readPeople(merged: NamedTable): People {
  const { table, file } = merged;
  const keys = sessionsOf(table, merged);
  const roles = {
    age: findRole(merged, 'age'),
    sex: findRole(merged, 'sex'),
    mms: findRole(merged, 'mms'),
    diagnosis: findRole(merged, 'diagnosis'),
  };
  const cells = (name: string | undefined): string[] | undefined =>
    name === undefined ? undefined : columnOf(table, name, merged);
  const cdr = table.columns.includes(CDR) ? cells(CDR) : undefined;
  const sex = cells(roles.sex?.name);
  const absent = (['age', 'sex', 'mms'] as const).filter((role) => roles[role] === undefined);
  return {
    rowOf: new Map(keys.map((key, position) => [sessionIdentity(key), position])),
    ...{ age: cells(roles.age?.name), sex, mms: cells(roles.mms?.name), cdr },
    diagnosis: cells(roles.diagnosis?.name),
    problems: [
      ...oddities(merged),
      ...Object.values(roles).flatMap((role) => (role === undefined ? [] : role.problems)),
      ...[...absent, ...(cdr === undefined ? [CDR] : [])].map((column) =>
        describe('ANALYSIS_COLUMN', { file, column }),
      ),
      ...checkCohort(merged, keys, { age: roles.age?.name, sex: roles.sex?.name }),
      ...sexCells(sex ?? [], { file, column: roles.sex?.name ?? '' }).problems,
      ...oddScores(merged, cdr),
    ],
  };
}

/** Values of the CDR that are not on its scale: they are counted nowhere. */
function oddScores({ table, file }: NamedTable, cells: readonly string[] = []): Problem[] {
  const isOdd = (cell: string): boolean =>
    !isMissing(cell) && !CDR_VALUES.includes(numberIn(cell) ?? Number.NaN);
  const first = cells.findIndex(isOdd);
  if (first === -1) return [];
  return [
    describe('ANALYSIS_VALUE', {
      ...{ file, row: rowNumber(table, first), column: CDR },
      ...{ expected: CDR_VALUES.join(', '), found: `"${cells[first] ?? ''}"` },
    }),
  ];
}

function readVisits(data: NamedTable): Visit[] {
  const cells = columnOf(data.table, 'diagnosis', data);
  return sessionsOf(data.table, data).map((key, position) => {
    const cell = cells[position] ?? '';
    return { ...key, position, diagnosis: isMissing(cell) ? '' : cell.trim() };
  });
}

/**
 * @param groups - the sessions of one label, by participant
 * @param known - those of them that are in the merged table
 */
function figures(
  groups: readonly Visit[][],
  known: readonly Visit[][],
  people: People,
): readonly string[] {
  const first = known.map((group) => firstRow(group, people));
  const scans = groups.map((group) => group.length);
  const cdr = first.map((row) => numberIn(people.cdr?.[row] ?? ''));
  const sexes = known.map((group) => sexOfGroup(group, people));
  const { mean, std } = summarise(scans);
  const counted = (values: readonly unknown[], value: unknown): number =>
    values.filter((other) => other === value).length;
  const cells = [
    ...[groups.length, ...four(first, people.age)],
    ...(people.sex === undefined ? [NaN, NaN] : [counted(sexes, 'F'), counted(sexes, 'M')]),
    ...four(first, people.mms),
    ...CDR_VALUES.map((value) => (people.cdr === undefined ? NaN : counted(cdr, value))),
    ...[mean, std, scans.reduce((sum, count) => sum + count, 0)],
  ];
  return cells.map((value) => (Number.isNaN(value) ? '' : pythonFloat(value)));
}

/** The first session of this label whose diagnosis the merged table knows, else the first one. */
function firstRow(group: readonly Visit[], { rowOf, diagnosis }: People): number {
  const rows = group.map((visit) => rowOf.get(sessionIdentity(visit)) ?? -1);
  return rows.find((row) => !isMissing(diagnosis?.[row] ?? '')) ?? rows[0] ?? -1;
}

function sexOfGroup(group: readonly Visit[], { rowOf, sex }: People): 'F' | 'M' | undefined {
  const sexes = group.map((visit) => sexOf(sex?.[rowOf.get(sessionIdentity(visit)) ?? -1] ?? ''));
  return sexes.includes('F') ? 'F' : sexes.find((found) => found !== undefined);
}

function four(rows: readonly number[], cells: readonly string[] | undefined): number[] {
  const values = rows.map((row) => numberIn(cells?.[row] ?? ''));
  const { mean, std, min, max } = summarise(values.filter((value) => value !== undefined));
  return [mean, std, min, max];
}

function noVisit(diagnosis: string, visits: readonly Visit[], file: string): CapsuleError {
  const names = [...new Set(visits.map((visit) => visit.diagnosis))].sort();
  return new CapsuleError('LABELS_EMPTY', {
    ...{ file, column: 'diagnosis', expected: `a session of ${diagnosis}` },
    ...{ found: names.slice(0, 12).join(', ') || 'no row' },
    action: 'Choose diagnoses that are there with -d.',
  });
}
