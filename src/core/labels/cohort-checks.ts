/**
 * What a longitudinal table may say that cannot be true: a participant of two sexes, ages that are no
 * ages or go backwards, sessions that are not in the order of time or have no time at all. Nothing is
 * changed; each is a warning that names the first place and how many there are.
 */
import { describe, type Problem } from '../errors.ts';
import { numberIn } from '../tsv/pandas-cells.ts';
import type { NamedTable } from '../tsv/read-table.ts';
import { compareSessions, monthsOf, timeScaleOf, type TimeScale } from '../tsv/session-time.ts';
import type { SessionKey } from '../tsv/sessions.ts';
import { isMissing, rowNumber } from '../tsv/table.ts';
import { someSessions } from './some-of.ts';

const OLDEST = 120;

const WITHOUT_MONTHS: Readonly<Record<TimeScale, string>> = {
  months: 'Other sessions are named by months, so these take no part.',
  counted: 'Their numbers give the order; progression cannot be computed.',
  words: 'Neither missing diagnoses nor progression can be computed.',
};

interface Columns {
  readonly age?: string | undefined;
  readonly sex?: string | undefined;
}

/** @param keys - participant and session of each row of the table. */
export function checkCohort(
  source: NamedTable,
  keys: readonly SessionKey[],
  columns: Columns,
): Problem[] {
  return [
    ...sessionNames(source, keys),
    ...sessionOrder(source, keys),
    ...sexes(source, keys, columns.sex),
    ...ages(source, keys, columns.age),
  ];
}

function sessionNames({ file }: NamedTable, keys: readonly SessionKey[]): Problem[] {
  const nameless = keys.filter(({ session }) => monthsOf(session) === undefined);
  // One session a participant needs no time.
  const isCrossSectional = new Set(keys.map(({ participant }) => participant)).size === keys.length;
  if (nameless.length === 0 || (isCrossSectional && nameless.length === keys.length)) return [];
  const scale = timeScaleOf(keys.map(({ session }) => session));
  const action = `${WITHOUT_MONTHS[scale]} Rename the sessions if months are needed.`;
  return [describe('TSV_SESSION_NAME', { file, found: someSessions(nameless), action })];
}

function sessionOrder({ table, file }: NamedTable, keys: readonly SessionKey[]): Problem[] {
  const last = new Map<string, string>();
  const late: number[] = [];
  keys.forEach(({ participant, session }, position) => {
    const before = last.get(participant);
    if (before !== undefined && compareSessions(session, before) < 0) late.push(position);
    else last.set(participant, session);
  });
  return firstOf(late, (position, found) =>
    describe('TSV_SESSION_ORDER', {
      ...{ ...keys[position], file, row: rowNumber(table, position) },
      found: `a later session above it${found}`,
    }),
  );
}

function sexes(
  { table, file }: NamedTable,
  keys: readonly SessionKey[],
  column: string | undefined,
): Problem[] {
  if (column === undefined) return [];
  const known = new Map<string, string>();
  const cells = cellsOf(table, column);
  const differing: number[] = [];
  keys.forEach(({ participant }, position) => {
    const cell = (cells[position] ?? '').trim();
    if (isMissing(cell)) return;
    const before = known.get(participant);
    if (before === undefined) known.set(participant, cell);
    else if (before.toLowerCase() !== cell.toLowerCase()) differing.push(position);
  });
  return firstOf(differing, (position, found) => {
    const key = keys[position];
    const expected = `"${known.get(key?.participant ?? '') ?? ''}", as in an earlier row`;
    return describe('TSV_SEX_DIFFERS', {
      ...{ ...key, file, row: rowNumber(table, position), column, expected },
      found: `"${cells[position] ?? ''}"${found}`,
    });
  });
}

function ages(
  { table, file }: NamedTable,
  keys: readonly SessionKey[],
  column: string | undefined,
): Problem[] {
  if (column === undefined) return [];
  const cells = cellsOf(table, column);
  const values = cells.map(numberIn);
  const wrong = cells.flatMap((cell, position) => {
    const age = values[position];
    const isAge = age !== undefined && age >= 0 && age <= OLDEST;
    return isMissing(cell) || isAge ? [] : [position];
  });
  const where = (position: number) => ({
    ...{ ...keys[position], file, row: rowNumber(table, position), column },
  });
  return [
    ...firstOf(wrong, (position, found) =>
      describe('TSV_AGE', { ...where(position), found: `"${cells[position] ?? ''}"${found}` }),
    ),
    ...firstOf(backwards(keys, values), (position, found) =>
      describe('TSV_AGE_BACKWARDS', { ...where(position), found: `${values[position]}${found}` }),
    ),
  ];
}

/** @returns positions of rows whose participant is younger than at the session before. */
function backwards(keys: readonly SessionKey[], values: readonly (number | undefined)[]): number[] {
  if (timeScaleOf(keys.map(({ session }) => session)) === 'words') return [];
  const oldest = new Map<string, number>();
  const inTime = keys
    .map((_key, position) => position)
    .sort((a, b) => compareSessions(keys[a]?.session ?? '', keys[b]?.session ?? ''));
  return inTime.filter((position) => {
    const { participant = '' } = keys[position] ?? {};
    const age = values[position];
    if (age === undefined) return false;
    const before = oldest.get(participant) ?? age;
    oldest.set(participant, Math.max(before, age));
    return age < before;
  });
}

function firstOf(
  positions: readonly number[],
  make: (position: number, found: string) => Problem,
): Problem[] {
  const [first] = positions;
  if (first === undefined) return [];
  const more = positions.length - 1;
  return [make(first, more > 0 ? ` (and ${more} more rows)` : '')];
}

function cellsOf(table: NamedTable['table'], column: string): string[] {
  const position = table.columns.indexOf(column);
  return table.rows.map((row) => row[position] ?? '');
}
