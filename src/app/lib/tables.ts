/**
 * The tables of the page as TSV files: cells exactly as they were read, in the field's own columns, so
 * that the files go on into ClinicaDL and pandas. Names that a table already has are not used twice.
 */
import type { Problem } from '../../core/errors.ts';
import { writeTable } from '../../core/tsv/table.ts';
import type { CohortSummary, SetName } from '../../jobs/session-api.ts';
import type { Balance } from './balance.ts';
import { isFaulty, keyOf } from './cohort-view.ts';

export interface CohortFactsByKey {
  readonly sets: ReadonlyMap<string, SetName>;
  /** Split whose sets these are; empty where there is one. */
  readonly split: string;
  /** Why a session was left out, by key. */
  readonly excluded: ReadonlyMap<string, string>;
}

/** One row a session: the cells of its table, its set, whether it is used, and why not. */
export function cohortTable(cohort: CohortSummary, facts: CohortFactsByKey): string {
  const names = cohort.columns.map(({ name }) => name);
  const added = ['set', 'split', 'used', 'left_out_because'];
  const written = added.map((name) => (names.includes(name) ? `capsule_${name}` : name));
  return writeTable({
    columns: ['participant_id', 'session_id', ...names, ...written],
    rows: cohort.rows.map((row) => {
      const key = keyOf(row);
      const why = facts.excluded.get(key) ?? faultOf(row);
      // Who was left out a moment ago may still stand in the sets of the last plan.
      const set = why === '' ? (facts.sets.get(key) ?? '') : '';
      return [
        ...[row.participant, row.session, ...names.map((name) => row.cells[name] ?? '')],
        ...[set, set === '' ? '' : facts.split, why === '' ? 'yes' : 'no', oneLine(why)],
      ];
    }),
  });
}

function faultOf(row: CohortSummary['rows'][number]): string {
  if (!isFaulty(row)) return '';
  return row.path === '' ? 'no volume' : 'volume cannot be used';
}

export function exclusionTable(
  cohort: CohortSummary,
  excluded: ReadonlyMap<string, string>,
): string {
  const out = cohort.rows.flatMap((row) => {
    const why = excluded.get(keyOf(row));
    return why === undefined ? [] : [[row.participant, row.session, oneLine(why)]];
  });
  return writeTable({ columns: ['participant_id', 'session_id', 'left_out_because'], rows: out });
}

export function problemTable(problems: readonly Problem[]): string {
  return writeTable({
    columns: [
      ...['severity', 'code', 'sentence', 'participant_id', 'session_id', 'file', 'row', 'column'],
      ...['expected', 'found', 'action'],
    ],
    rows: problems.map((problem) =>
      [
        ...[problem.severity, problem.code, problem.sentence],
        ...[problem.participant, problem.session, problem.file, problem.row, problem.column],
        ...[problem.expected, problem.found, problem.action],
      ].map((cell) => oneLine(String(cell ?? ''))),
    ),
  });
}

/** One row a set, one column a figure. A number that is predicted may be the age: its columns say so. */
export function balanceTable({ sets, sexes, labels, tests }: Balance, label: string): string {
  const figure = (value: number | undefined): string =>
    value === undefined || Number.isNaN(value) ? '' : String(value);
  const isNumber = sets.some(({ value }) => value !== undefined);
  return writeTable({
    columns: [
      ...['set', 'participants', 'sessions', 'mean_age', 'std_age'],
      ...sexes.map((sex) => `sex_${sex}`),
      ...labels.map((value) => `${label}_${value}`),
      ...(isNumber ? [`mean_${label}_label`, `std_${label}_label`] : []),
      ...['p_age', 'p_sex', ...(label === '' ? [] : [`p_${label}${isNumber ? '_label' : ''}`])],
    ],
    rows: sets.map((one) => {
      const test = tests.get(one.set);
      return [
        ...[one.set, String(one.participants), String(one.sessions)],
        ...[figure(one.age.mean), figure(one.age.sd)],
        ...sexes.map((sex) => String(one.sexes.get(sex) ?? 0)),
        ...labels.map((value) => String(one.labels.get(value) ?? 0)),
        ...(isNumber ? [figure(one.value?.mean), figure(one.value?.sd)] : []),
        ...[figure(test?.age), figure(test?.sex), ...(label === '' ? [] : [figure(test?.label)])],
      ];
    }),
  });
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
