/**
 * The participants of a table as they are drawn: diagnosis, age and sex at their first session, and
 * the strata that every set has in the same proportion.
 */
import { CapsuleError, type Problem } from '../errors.ts';
import { sexCells } from '../labels/columns.ts';
import { numberIn } from '../tsv/pandas-cells.ts';
import { isMissing } from '../tsv/table.ts';
import type { Person } from './draw-set.ts';
import { findNeeded } from './labels-above.ts';
import { atBaseline, participantsOf, placeOf, type Sessions } from './session-table.ts';

export interface People {
  readonly people: readonly Person[];
  readonly problems: readonly Problem[];
}

/**
 * @returns participants in order; with `ignoreDemographics` without age, sex and diagnosis
 * @throws TSV_COLUMN, TSV_VALUE for a diagnosis that is missing or an age that is not a number
 */
export function needPeople(
  sessions: Sessions,
  choice: { ignoreDemographics: boolean; categoricalSplitVariable?: string | undefined },
): People {
  const { ignoreDemographics, categoricalSplitVariable: variable } = choice;
  const strata = [
    ...(ignoreDemographics ? [] : [strataOf(sessions, 'diagnosis')]),
    ...(variable === undefined ? [] : [strataOf(sessions, variable)]),
  ];
  const ages = ignoreDemographics ? [] : agesOf(sessions);
  const sexes = ignoreDemographics ? { cells: [], problems: [] } : sexesOf(sessions);
  const people = participantsOf(sessions).map((participant, index) => ({
    participant,
    strata: strata.map((cells) => cells[index] ?? ''),
    age: ages[index] ?? NaN,
    sex: sexes.cells[index] ?? '',
  }));
  return { people, problems: sexes.problems };
}

/**
 * @returns the stratum of each participant, at the first session
 * @throws TSV_COLUMN, TSV_VALUE for an empty cell
 */
export function strataOf(sessions: Sessions, name: string): string[] {
  const column = findNeeded(sessions, name) ?? name;
  const cells = atBaseline(sessions, column);
  const empty = cells.findIndex(isMissing);
  if (empty === -1) return cells;
  throw new CapsuleError('TSV_VALUE', {
    ...placeOf(sessions, empty, column),
    expected: 'a value, because sets are balanced by this column',
    found: 'an empty cell',
  });
}

function agesOf(sessions: Sessions): number[] {
  const column = findNeeded(sessions, 'age') ?? 'age';
  const ages = atBaseline(sessions, column).map((cell, index) => {
    const age = isMissing(cell) ? NaN : numberIn(cell);
    if (age !== undefined) return age;
    throw new CapsuleError('TSV_VALUE', {
      ...placeOf(sessions, index, column),
      expected: 'a number of years, or nothing',
      found: `"${cell.slice(0, 80)}"`,
    });
  });
  if (ages.some((age) => !Number.isNaN(age))) return ages;
  throw new CapsuleError('TSV_VALUE', {
    ...{ file: sessions.file, column, expected: 'the age of someone', found: 'empty cells alone' },
    action: 'Add the ages, or --ignore_demographics.',
  });
}

function sexesOf(sessions: Sessions): { cells: string[]; problems: Problem[] } {
  const column = findNeeded(sessions, 'sex') ?? 'sex';
  const where = { file: sessions.file, column };
  const { cells, problems } = sexCells(atBaseline(sessions, column), where);
  return { cells: cells.map((cell) => (isMissing(cell) ? '' : cell)), problems };
}
