/**
 * The columns of a table of labels: which columns of the merged table are age, sex and diagnosis, and
 * how they are written. ClinicaDL keeps the names that it found, but for the diagnosis.
 */
import { describe, type Problem } from '../errors.ts';
import { pandasCells } from '../tsv/pandas-cells.ts';
import type { NamedTable } from '../tsv/read-table.ts';
import { PARTICIPANT_COLUMN, SESSION_COLUMN } from '../tsv/sessions.ts';
import { columnOf, type Table } from '../tsv/table.ts';
import { findRole, needRole, sexCells, type ChosenColumn } from './columns.ts';
import type { Visit } from './infer.ts';

export interface Roles {
  readonly age?: ChosenColumn | undefined;
  readonly sex?: ChosenColumn | undefined;
  readonly diagnosis: ChosenColumn;
  readonly all: readonly ChosenColumn[];
  readonly missing: readonly Problem[];
}

/**
 * @param diagnosisColumn - of the user; found by its name when left out
 * @throws TSV_COLUMN without a diagnosis; age and sex may be missing, which is told
 */
export function rolesOf(merged: NamedTable, diagnosisColumn: string | undefined): Roles {
  if (diagnosisColumn !== undefined) columnOf(merged.table, diagnosisColumn, merged);
  const diagnosis: ChosenColumn =
    diagnosisColumn === undefined
      ? needRole(merged, 'diagnosis')
      : { name: diagnosisColumn, written: 'diagnosis', problems: [] };
  const [age, sex] = [findRole(merged, 'age'), findRole(merged, 'sex')];
  const missing = (['age', 'sex'] as const)
    .filter((role) => (role === 'age' ? age : sex) === undefined)
    .map((role) => describe('ANALYSIS_COLUMN', { file: merged.file, column: role }));
  const all = [age, sex, diagnosis].filter((role) => role !== undefined);
  return { age, sex, diagnosis, all, missing };
}

/** @returns whether a column is in the table of labels anyway. */
export function isWritten(name: string, { all }: Roles): boolean {
  const usual = [PARTICIPANT_COLUMN, SESSION_COLUMN];
  return usual.includes(name) || all.some((role) => role.name === name || role.written === name);
}

/** Columns as pandas writes them; a number's form depends on the whole merged table, as there. */
export function writeLabels(
  merged: NamedTable,
  visits: readonly Visit[],
  roles: Roles,
  variables: readonly string[],
): { table: Table; problems: readonly Problem[] } {
  const cellsOf = (name: string): string[] => columnOf(merged.table, name, merged);
  const sex =
    roles.sex === undefined
      ? undefined
      : sexCells(cellsOf(roles.sex.name), { file: merged.file, column: roles.sex.name });
  const columns: (readonly [string, readonly string[]])[] = [
    ...(roles.age ? [[roles.age.written, pandasCells(cellsOf(roles.age.name))] as const] : []),
    ...(roles.sex && sex ? [[roles.sex.written, pandasCells(sex.cells)] as const] : []),
  ];
  const others = variables.map((name) => [name, pandasCells(cellsOf(name))] as const);
  const at = (cells: readonly string[], { position }: Visit): string => cells[position] ?? '';
  return {
    table: {
      columns: [
        ...[PARTICIPANT_COLUMN, SESSION_COLUMN, ...columns.map(([name]) => name)],
        ...[roles.diagnosis.written, ...others.map(([name]) => name)],
      ],
      rows: visits.map((visit) => [
        ...[visit.participant, visit.session, ...columns.map(([, cells]) => at(cells, visit))],
        ...[visit.diagnosis, ...others.map(([, cells]) => at(cells, visit))],
      ]),
    },
    problems: sex?.problems ?? [],
  };
}
