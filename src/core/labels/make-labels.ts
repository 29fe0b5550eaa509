/**
 * `get-labels`: from the merged table of a BIDS folder to the sessions with their labels. The rules
 * and their order are ClinicaDL's (https://clinicadl.readthedocs.io, "get-labels"); what each rule
 * leaves is counted, so that nobody has to guess where sessions went.
 */
import { CapsuleError, describe, type Problem } from '../errors.ts';
import { oddities } from '../tsv/inspect.ts';
import { numberIn } from '../tsv/pandas-cells.ts';
import type { NamedTable } from '../tsv/read-table.ts';
import { compareKeys, monthsOf, sessionIdentity, timeScaleOf } from '../tsv/session-time.ts';
import { sessionsOf } from '../tsv/sessions.ts';
import { columnOf, findColumn, isMissing, type Table } from '../tsv/table.ts';
import type { Availability } from './availability.ts';
import { checkCohort } from './cohort-checks.ts';
import {
  byParticipant,
  inferDiagnoses,
  inferenceProblems,
  refuseSameMonths,
  type Visit,
} from './infer.ts';
import { isWritten, rolesOf, writeLabels } from './label-columns.ts';
import { someSessions } from './some-of.ts';

export interface LabelChoice {
  readonly diagnoses: readonly string[];
  /** Columns to keep besides age, sex and diagnosis. */
  readonly variables: readonly string[];
  /** Keeps only the sessions of this table. */
  readonly restriction?: NamedTable | undefined;
  /** Keeps participants with subjective memory complaints at baseline. */
  readonly keepSmc: boolean;
  readonly removeUniqueSession: boolean;
  /** Column of the diagnosis, where it is not the usual one. */
  readonly diagnosisColumn?: string | undefined;
}

/** What is left after a rule. */
export interface RuleCount {
  readonly rule: string;
  readonly participants: number;
  readonly sessions: number;
}

export interface Labels {
  readonly table: Table;
  readonly counts: readonly RuleCount[];
  readonly problems: readonly Problem[];
}

/** Values of `adni_diagnosis_change`: what the diagnosis is after the change. */
const ADNI_CHANGE: ReadonlyMap<number, string> = new Map([
  ...[1, 7, 9].map((value) => [value, 'CN'] as const),
  ...[2, 4, 8].map((value) => [value, 'MCI'] as const),
  ...[3, 5, 6].map((value) => [value, 'AD'] as const),
]);

/** @throws LABELS_EMPTY when no session is left, TSV_COLUMN, TSV_ID, TSV_DUPLICATE_ROW */
export function makeLabels(
  merged: NamedTable,
  modalities: Availability,
  choice: LabelChoice,
): Labels {
  const { table, file } = merged;
  const keys = sessionsOf(table, merged);
  const roles = rolesOf(merged, choice.diagnosisColumn);
  const variables = choice.variables.filter((name) => !isWritten(name, roles));
  for (const name of variables) columnOf(table, name, merged);
  const problems: Problem[] = [
    ...oddities(merged),
    ...roles.all.flatMap((role) => role.problems),
    ...roles.missing,
    ...checkCohort(merged, keys, { age: roles.age?.name, sex: roles.sex?.name }),
    ...modalities.problems,
  ];
  const scale = timeScaleOf(keys.map(({ session }) => session));
  const counts: RuleCount[] = [];
  const count = (rule: string, left: readonly Visit[]): readonly Visit[] => {
    const participants = new Set(left.map(({ participant }) => participant)).size;
    counts.push({ rule, participants, sessions: left.length });
    return left;
  };

  const diagnoses = diagnosisCells(merged, roles.diagnosis.name);
  const all = keys.map((key, position) => ({
    ...{ ...key, position, diagnosis: diagnoses[position] ?? '' },
  }));
  let left = count('in the merged table', all);
  if (scale === 'months') {
    const named = left.filter(({ session }) => monthsOf(session) !== undefined);
    if (named.length < left.length) left = count('named by months', named);
  }
  refuseSameMonths(left, merged);
  if (!choice.keepSmc) left = count('without SMC', withoutSmc(left, table));
  if (choice.removeUniqueSession) {
    const several = byParticipant(left).filter((group) => group.length > 1);
    left = count('of participants with several sessions', several.flat());
  }
  const inferred = inferDiagnoses(left, scale);
  problems.push(...inferenceProblems(inferred, { file, column: roles.diagnosis.name }));
  left = count('with a diagnosis', inferred.visits);
  const wanted = new Set(choice.diagnoses);
  problems.push(...absent(choice.diagnoses, left, merged, roles.diagnosis.name));
  left = count(
    `of ${choice.diagnoses.join(', ')}`,
    left.filter(({ diagnosis }) => wanted.has(diagnosis)),
  );
  problems.push(...unlisted(left, modalities));
  left = count(
    'with the modality',
    left.filter((visit) => modalities.present.has(sessionIdentity(visit))),
  );
  if (choice.restriction !== undefined) {
    const { allowed, problem } = restrict(choice.restriction, keys);
    problems.push(...problem);
    left = count(
      'in the restriction',
      left.filter((visit) => allowed.has(sessionIdentity(visit))),
    );
  }
  if (left.length === 0) throw nothingLeft(counts, file);
  const sorted = [...left].sort(compareKeys);
  const written = writeLabels(merged, sorted, roles, variables);
  return { table: written.table, counts, problems: [...problems, ...written.problems] };
}

/** Missing is ''; where ADNI's change of diagnosis is known, it fills the gaps. */
function diagnosisCells({ table, file }: NamedTable, column: string): string[] {
  const changes =
    findColumn(table, 'adni_diagnosis_change') === undefined
      ? []
      : columnOf(table, 'adni_diagnosis_change', { file });
  return columnOf(table, column, { file }).map((cell, position) =>
    isMissing(cell)
      ? (ADNI_CHANGE.get(numberIn(changes[position] ?? '') ?? Number.NaN) ?? '')
      : cell.trim(),
  );
}

function withoutSmc(visits: readonly Visit[], table: Table): Visit[] {
  const columns = ['diagnosis_bl', 'diagnosis_sc']
    .map((name) => findColumn(table, name))
    .filter((position) => position !== undefined);
  const isSmc = ({ position }: Visit): boolean =>
    columns.some((column) => table.rows[position]?.[column]?.trim() === 'SMC');
  return visits.filter((visit) => !isSmc(visit));
}

function absent(
  wanted: readonly string[],
  visits: readonly Visit[],
  { file }: NamedTable,
  column: string,
): Problem[] {
  const there = new Set(visits.map(({ diagnosis }) => diagnosis));
  const names = [...there].sort();
  if (!wanted.some((name) => there.has(name)) && visits.length > 0) {
    throw new CapsuleError('LABELS_EMPTY', {
      ...{ file, column, expected: wanted.join(' or '), found: names.slice(0, 12).join(', ') },
      action: `Choose among them, for instance ${names
        .slice(0, 2)
        .map((name) => `-d ${name}`)
        .join(' ')}.`,
    });
  }
  return wanted
    .filter((name) => !there.has(name))
    .map((name) =>
      describe('LABELS_DIAGNOSIS', {
        ...{ file, column, expected: name, found: names.slice(0, 12).join(', ') },
      }),
    );
}

function unlisted(visits: readonly Visit[], { listed }: Availability): Problem[] {
  const lost = visits.filter((visit) => !listed.has(sessionIdentity(visit)));
  return lost.length === 0 ? [] : [describe('MODALITY_SESSION', { found: someSessions(lost) })];
}

function restrict(
  restriction: NamedTable,
  known: readonly { participant: string; session: string }[],
): { allowed: Set<string>; problem: Problem[] } {
  const keys = sessionsOf(restriction.table, restriction);
  const there = new Set(known.map(sessionIdentity));
  const strange = keys.filter((key) => !there.has(sessionIdentity(key)));
  const { file } = restriction;
  return {
    allowed: new Set(keys.map(sessionIdentity)),
    problem:
      strange.length === 0
        ? []
        : [describe('RESTRICTION_UNKNOWN', { file, found: someSessions(strange) })],
  };
}

function nothingLeft(counts: readonly RuleCount[], file: string): CapsuleError {
  const found = counts.map(({ rule, sessions }) => `${sessions} ${rule}`).join(', ');
  return new CapsuleError('LABELS_EMPTY', { file, expected: 'a session', found });
}
