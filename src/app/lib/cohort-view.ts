/**
 * The rows of the cohort table as someone asked to see them: filtered by text, by set and by what is
 * wrong with them, sorted by a column. Made for ten thousand rows at every keystroke: what does not
 * change (texts to search, values to sort by) is worked out once a row.
 */
import { compareSessions, compareText } from '../../core/tsv/session-time.ts';
import { isMissing } from '../../core/tsv/table.ts';
import type { ParticipantRow, SetName } from '../../jobs/session-api.ts';

export type SetFilter = 'all' | SetName | 'none';
export type StateFilter = 'all' | 'used' | 'out' | 'faulty';

export interface Sorting {
  /** `participant`, `session`, `set`, `use` or `cell:<column>`. */
  readonly column: string;
  readonly descending: boolean;
}

export interface CohortView {
  readonly text: string;
  readonly set: SetFilter;
  readonly state: StateFilter;
  readonly sorting: Sorting | undefined;
}

export const everything: CohortView = { text: '', set: 'all', state: 'all', sorting: undefined };

export interface RowFacts {
  /** Set of each session that has one. */
  readonly sets: ReadonlyMap<string, SetName>;
  readonly excluded: ReadonlySet<string>;
}

export const keyOf = ({ participant, session }: ParticipantRow): string =>
  `${participant}/${session}`;

/** Whether a row has no volume, or one that cannot be used. */
export const isFaulty = ({ path, damaged }: ParticipantRow): boolean => path === '' || damaged;

/** Missing cells come last, whichever way is sorted. */
const LAST = '￿';
const order: readonly (SetName | undefined)[] = ['train', 'validation', 'test', undefined];

const texts = new WeakMap<ParticipantRow, string>();

/** @returns every cell of a row in small letters, to be searched. */
function textOf(row: ParticipantRow): string {
  const known = texts.get(row);
  if (known !== undefined) return known;
  const text = [row.participant, row.session, ...Object.values(row.cells)].join('\n').toLowerCase();
  texts.set(row, text);
  return text;
}

export function viewRows(
  rows: readonly ParticipantRow[],
  view: CohortView,
  facts: RowFacts,
): readonly ParticipantRow[] {
  const words = view.text.toLowerCase().split(/\s+/).filter(Boolean);
  const found =
    words.length === 0 && view.set === 'all' && view.state === 'all'
      ? rows
      : rows.filter(
          (row) =>
            isInSet(row, view.set, facts) &&
            isInState(row, view.state, facts) &&
            words.every((word) => textOf(row).includes(word)),
        );
  return view.sorting === undefined ? found : sortRows(found, view.sorting, facts);
}

function isInSet(row: ParticipantRow, wanted: SetFilter, { sets }: RowFacts): boolean {
  if (wanted === 'all') return true;
  const set = sets.get(keyOf(row));
  return wanted === 'none' ? set === undefined : set === wanted;
}

function isInState(row: ParticipantRow, wanted: StateFilter, { excluded }: RowFacts): boolean {
  if (wanted === 'all') return true;
  if (wanted === 'faulty') return isFaulty(row);
  const out = excluded.has(keyOf(row));
  return wanted === 'out' ? out : !out && !isFaulty(row);
}

/** Equal rows stay in the order of the table. */
function sortRows(
  rows: readonly ParticipantRow[],
  { column, descending }: Sorting,
  facts: RowFacts,
): ParticipantRow[] {
  const sign = descending ? -1 : 1;
  const decorated = rows.map((row) => ({ row, value: valueOf(row, column, facts) }));
  const isNumeric = decorated.every(({ value }) => typeof value === 'number' || value === LAST);
  return decorated
    .sort(({ value: a }, { value: b }) => {
      if (a === b) return 0;
      if (a === LAST) return 1;
      if (b === LAST) return -1;
      if (isNumeric) return sign * (Number(a) - Number(b));
      const compare = column === 'session' ? compareSessions : compareText;
      return sign * compare(String(a), String(b));
    })
    .map(({ row }) => row);
}

function valueOf(row: ParticipantRow, column: string, facts: RowFacts): string | number {
  if (column === 'participant') return row.participant;
  if (column === 'session') return row.session;
  if (column === 'set') return order.indexOf(facts.sets.get(keyOf(row)));
  if (column === 'use') return isFaulty(row) ? 2 : facts.excluded.has(keyOf(row)) ? 1 : 0;
  const cell = row.cells[column.slice('cell:'.length)]?.trim() ?? '';
  if (isMissing(cell)) return LAST;
  const number = Number(cell);
  return Number.isNaN(number) ? cell : number;
}
