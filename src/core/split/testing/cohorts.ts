/** The two longitudinal cohorts of the fixtures, as labels tables, and small tables for single cases. */
import { readFileSync } from 'node:fs';
import type { NamedTable } from '../../tsv/read-table.ts';
import { parseTable, type Table } from '../../tsv/table.ts';
import type { SplitOptions } from '../plan-split.ts';

export const FIXTURES = 'tests/fixtures/tsv/split';
export const COHORTS = ['cohort-5', 'cohort-11'] as const;

export function cohort(name: (typeof COHORTS)[number]): NamedTable {
  const file = `${FIXTURES}/${name}/labels.tsv`;
  return { table: parseTable(readFileSync(file, 'utf8'), { file }), file: 'labels.tsv' };
}

/** The defaults of the command line, but for the size: cohorts here have some hundred participants. */
export const SPLIT: SplitOptions = {
  subsetName: 'test',
  validLongitudinal: false,
  nTest: 0.2,
  pSexThreshold: 0.8,
  pAgeThreshold: 0.8,
  ignoreDemographics: false,
  multiDiagnoses: false,
  seed: 0,
};

/** @param lines - cells separated by spaces; the first line names the columns, `-` is an empty cell. */
export function small(...lines: string[]): NamedTable {
  const cells = lines.map((line) => line.split(' ').map((cell) => (cell === '-' ? '' : cell)));
  const [columns = [], ...rows] = cells;
  return { table: { columns, rows }, file: 'labels.tsv' };
}

/** @returns the cells of a column; fails when there is none. */
export function cells(table: Table | undefined, name: string): string[] {
  const column = table?.columns.indexOf(name) ?? -1;
  if (table === undefined || column < 0) throw new Error(`no column ${name}`);
  return table.rows.map((row) => row[column] ?? '');
}

/** @returns each participant once. */
export const people = (table: Table | undefined): string[] => [
  ...new Set(cells(table, 'participant_id')),
];

/** @returns how often each text occurs. */
export function tally(texts: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** @returns a table with a row a participant: `sub-000 ses-M000`, and the cells given for its number. */
export function made(
  count: number,
  columns: Record<string, (index: number) => string>,
): NamedTable {
  const names = Object.keys(columns);
  const rows = Array.from({ length: count }, (_, index) => [
    `sub-${String(index).padStart(3, '0')}`,
    'ses-M000',
    ...names.map((name) => columns[name]?.(index) ?? ''),
  ]);
  return {
    table: { columns: ['participant_id', 'session_id', ...names], rows },
    file: 'labels.tsv',
  };
}
