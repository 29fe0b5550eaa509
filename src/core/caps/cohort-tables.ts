/**
 * The tables of an experiment over several cohorts: one that says where the CAPS of each cohort is
 * (`cohort`, `path`), one that says where its sets are and which diagnoses it gives (`cohort`,
 * `path`, `diagnoses`). Rules and messages' occasions are those of ClinicaDL 1.6.1.
 */
import { CapsuleError } from '../errors.ts';
import { pandasTable } from '../tsv/pandas-cells.ts';
import type { NamedTable } from '../tsv/read-table.ts';
import { PARTICIPANT_COLUMN, SESSION_COLUMN } from '../tsv/sessions.ts';
import { columnOf, rowNumber, type Table } from '../tsv/table.ts';
import { SINGLE } from './cohorts.ts';

export const COHORT_COLUMN = 'cohort';

export interface CohortPath {
  readonly cohort: string;
  /** As it stands in the table. */
  readonly path: string;
}

export interface CohortSets extends CohortPath {
  /** Of those that the experiment wants, the ones that this cohort gives. */
  readonly diagnoses: readonly string[];
}

/** A name of a cohort becomes a name of a folder. */
const NAME = /^[A-Za-z0-9][\w.+-]*$/;

/** @throws TSV_COLUMN, TSV_VALUE for a name that is none or stands twice */
export function cohortPaths(named: NamedTable): CohortPath[] {
  const { table, file } = named;
  const cohorts = columnOf(table, COHORT_COLUMN, { file }).map((cell) => cell.trim());
  const paths = columnOf(table, 'path', { file }).map((cell) => cell.trim());
  return cohorts.map((cohort, position) => {
    const where = { file, row: rowNumber(table, position) };
    const first = cohorts.indexOf(cohort);
    if (!NAME.test(cohort) || cohort === SINGLE || first < position) {
      throw new CapsuleError('TSV_VALUE', {
        ...{ ...where, column: COHORT_COLUMN },
        expected: 'a name of its own, of letters, digits, "_", "-", "." and "+"',
        found: first < position ? `"${cohort}" twice` : `"${cohort}"`,
      });
    }
    const path = paths[position] ?? '';
    if (path !== '') return { cohort, path };
    throw new CapsuleError('TSV_VALUE', {
      ...{ ...where, column: 'path', expected: 'a path', found: 'an empty cell' },
    });
  });
}

/**
 * @param wanted - diagnoses of the experiment
 * @returns the cohorts that give one of them, in the order of the table
 * @throws those of `cohortPaths`; CONFIG_VALUE when a wanted diagnosis comes from no cohort
 */
export function cohortSets(named: NamedTable, wanted: readonly string[]): CohortSets[] {
  const lists = columnOf(named.table, 'diagnoses', named);
  const all = cohortPaths(named).map((of, position) => {
    const given = (lists[position] ?? '').replaceAll(' ', '').split(',');
    return { ...of, diagnoses: wanted.filter((diagnosis) => given.includes(diagnosis)) };
  });
  const found = new Set(all.flatMap(({ diagnoses }) => diagnoses));
  const missing = wanted.filter((diagnosis) => !found.has(diagnosis));
  if (missing.length > 0) {
    throw new CapsuleError('CONFIG_VALUE', {
      file: named.file,
      expected: `a cohort with each of the diagnoses ${wanted.join(', ')}`,
      found: `none with ${missing.join(', ')}`,
    });
  }
  return all.filter(({ diagnoses }) => diagnoses.length > 0);
}

/** @throws TSV_VALUE naming a cohort whose CAPS nobody has said */
export function refuseWithoutCaps(
  sets: readonly CohortPath[],
  caps: readonly CohortPath[],
  file: string,
): void {
  const stranger = sets.find(({ cohort }) => !caps.some((other) => other.cohort === cohort));
  if (stranger === undefined) return;
  throw new CapsuleError('TSV_VALUE', {
    ...{ file, column: COHORT_COLUMN, expected: `the CAPS of cohort "${stranger.cohort}"` },
    found: caps.map(({ cohort }) => cohort).join(', ') || 'no cohort',
  });
}

/**
 * @param parts - rows of each cohort
 * @returns one table as pandas concatenates them: a column `cohort` after those of the first, then
 * what later ones add; cells of columns that a table lacks are empty
 */
export function concatCohorts(
  parts: readonly { readonly cohort: string; readonly table: Table }[],
): Table {
  const columns = [...new Set(parts.flatMap(({ table }) => [...without(table), COHORT_COLUMN]))];
  const rows = parts.flatMap(({ cohort, table }) => {
    const places = columns.map((name) => table.columns.indexOf(name));
    return table.rows.map((row) =>
      columns.map((name, at) => (name === COHORT_COLUMN ? cohort : (row[places[at] ?? -1] ?? ''))),
    );
  });
  const texts = [PARTICIPANT_COLUMN, SESSION_COLUMN, COHORT_COLUMN];
  return pandasTable({ columns, rows }, texts);
}

const without = ({ columns }: Table): string[] => columns.filter((name) => name !== COHORT_COLUMN);
