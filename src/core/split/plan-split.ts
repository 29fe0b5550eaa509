/**
 * `tsvtools split`: one set taken out of a table of sessions, like the rest in diagnosis, age and sex
 * (https://clinicadl.readthedocs.io, "split"). Everything is worked out before a file is written.
 */
import { pythonJson } from '../config/python-json.ts';
import { CapsuleError } from '../errors.ts';
import type { NamedTable } from '../tsv/read-table.ts';
import { PARTICIPANT_COLUMN, SESSION_COLUMN } from '../tsv/sessions.ts';
import { ALIKE_SHARE, drawAlike } from './alike-set.ts';
import { digits, drawSet, type Thresholds } from './draw-set.ts';
import { withNeeded, type Completed } from './labels-above.ts';
import { needPeople } from './people.ts';
import { atBaseline, orderSessions, participantsOf, type Sessions } from './session-table.ts';
import {
  checkSubsetName,
  setInWords,
  setTables,
  type SetsPlan,
  type SubsetOptions,
} from './set-tables.ts';

export interface SplitOptions extends SubsetOptions {
  /** Participants from 1 upwards, a share of them below 1; 0: no training set. Default 100. */
  readonly nTest?: number | undefined;
  /** Least p-values that are accepted, from 0 to 1. */
  readonly pSexThreshold: number;
  readonly pAgeThreshold: number;
  /** Draws whatever the diagnosis, the age and the sex. */
  readonly ignoreDemographics: boolean;
  /** Column that every set has in the same proportions, besides the diagnosis. */
  readonly categoricalSplitVariable?: string | undefined;
  /** Takes the best of many sets by Kolmogorov-Smirnov tests of all columns. */
  readonly multiDiagnoses: boolean;
  readonly seed: number;
}

/** What was drawn, and what is told about it. */
interface Outcome {
  readonly subset: ReadonlySet<string>;
  readonly figures: Readonly<Record<string, number>>;
  readonly problems: SetsPlan['problems'];
}

const FLOATS = new Set(['n_test', 'p_age_threshold', 'p_sex_threshold', 'p_age', 'p_sex', 'p_ks']);
const DEFAULT_COUNT = 100;

/**
 * @param others - labels tables that may have columns that the table lacks, nearest first
 * @throws CONFIG_VALUE, SPLIT_SIZE, SPLIT_UNLIKE, TSV_VALUE, and those of `withNeeded` and
 *   `orderSessions`
 */
export function planSplit(
  source: NamedTable,
  others: readonly NamedTable[],
  options: SplitOptions,
): SetsPlan {
  checkOptions(options);
  const completed = withNeeded(source, columnsForSplit(options), others);
  const sessions = orderSessions(completed);
  const everyone = new Set(participantsOf(sessions));
  const isWhole = options.nTest === 0;
  const outcome = isWhole ? nobodyDrawn() : drawn(sessions, options);
  const train = new Set([...everyone].filter((name) => !outcome.subset.has(name)));
  // With 0 the documentation makes everyone the other set; the program makes everyone train.
  const whole = options.compat === undefined ? { subset: everyone } : { train: everyone };
  const sets = isWhole ? whole : { train, subset: outcome.subset };
  return {
    folder: 'split',
    tables: new Map(setTables(sessions, sets, options)),
    record: { name: 'split.json', text: recordOf(options, outcome) },
    notes: [...joinNotes(completed), ...setNotes(sessions, sets, options, outcome)],
    problems: outcome.problems,
  };
}

/** @returns a line on the columns that came from another table, if any did. */
export function joinNotes({ joined, lost, file }: Completed): string[] {
  if (joined === undefined) return [];
  const without = lost === 0 ? '' : `; sessions that it does not have, left out: ${lost}`;
  return [`${file}: missing columns were taken from ${joined}${without}`];
}

function drawn(sessions: Sessions, options: SplitOptions): Outcome {
  const participants = participantsOf(sessions);
  const { seed, subsetName: name } = options;
  const size = sizeOf(options, participants.length);
  if (options.multiDiagnoses) {
    const columns = comparedColumns(sessions, options).map((column) => ({
      name: column,
      cells: atBaseline(sessions, column),
    }));
    const { positions, p } = drawAlike(columns, { size, count: participants.length, seed, name });
    const subset = new Set(participants.filter((_name, position) => positions.has(position)));
    return { subset, figures: { seed, p_ks: p }, problems: [] };
  }
  const { people, problems } = needPeople(sessions, options);
  const thresholds = options.ignoreDemographics ? undefined : thresholdsOf(options);
  const found = drawSet(people, { size, seed, name, thresholds });
  const { draws, likeness } = found;
  const ps = likeness === undefined ? {} : { p_age: likeness.pAge, p_sex: likeness.pSex };
  return {
    subset: found.participants,
    figures: { seed, draws, ...ps },
    problems: [...problems, ...found.problems],
  };
}

/**
 * @returns how many of `total` participants are drawn; 1.6.1 takes a quarter for `--multi-diagnoses`,
 *   whatever is asked
 * @throws SPLIT_SIZE when that is nobody or everyone
 */
function sizeOf(options: SplitOptions, total: number): number {
  const { nTest, multiDiagnoses, compat } = options;
  const isQuarter = multiDiagnoses && (nTest === undefined || compat !== undefined);
  const asked = nTest ?? DEFAULT_COUNT;
  const size = isQuarter
    ? Math.ceil(total * ALIKE_SHARE)
    : Math.trunc(asked < 1 ? asked * total : asked);
  if (size > 0 && size < total) return size;
  throw new CapsuleError('SPLIT_SIZE', {
    expected: `1 to ${total - 1} of the ${total} participants in "${options.subsetName}"`,
    found: asked < 1 ? `${size}, the share ${asked} of them` : String(size),
    action: 'Change --n_test: participants from 1 upwards, a share of them below 1.',
  });
}

function thresholdsOf(options: SplitOptions): Thresholds {
  return {
    age: options.pAgeThreshold,
    sex: options.pSexThreshold,
    statistic: options.compat === undefined ? 'counts' : 'proportions',
  };
}

/** @returns the columns that have to be known at the first session of everyone. */
export function columnsForSplit(
  options: Pick<SplitOptions, 'ignoreDemographics' | 'categoricalSplitVariable'>,
): string[] {
  const { ignoreDemographics, categoricalSplitVariable } = options;
  return [
    ...(ignoreDemographics ? [] : ['diagnosis', 'age', 'sex']),
    ...(categoricalSplitVariable === undefined ? [] : [categoricalSplitVariable]),
  ];
}

function comparedColumns({ table }: Sessions, { compat }: SplitOptions): string[] {
  return table.columns.filter(
    (name) => name !== SESSION_COLUMN && (compat !== undefined || name !== PARTICIPANT_COLUMN),
  );
}

function recordOf(options: SplitOptions, { figures }: Outcome): string {
  const { nTest, multiDiagnoses, compat } = options;
  const isQuarter = multiDiagnoses && nTest === undefined && compat === undefined;
  const record = {
    n_test: nTest ?? (isQuarter ? ALIKE_SHARE : DEFAULT_COUNT),
    subset_name: options.subsetName,
    p_age_threshold: options.pAgeThreshold,
    p_sex_threshold: options.pSexThreshold,
    categorical_split_variable: options.categoricalSplitVariable ?? null,
    ignore_demographics: options.ignoreDemographics,
    // The name that 1.6.1 writes.
    mullti_diagnoses: multiDiagnoses,
    ...(compat === undefined ? figures : {}),
  };
  return pythonJson(record, { indent: 4, floats: FLOATS });
}

function setNotes(
  sessions: Sessions,
  sets: { train?: ReadonlySet<string>; subset?: ReadonlySet<string> },
  options: SplitOptions,
  { figures }: Outcome,
): string[] {
  const all = new Map(setTables(sessions, sets, { ...options, validLongitudinal: true }));
  const sizes = ['train', options.subsetName].flatMap((name) => {
    const [baseline, whole] = [all.get(`${name}_baseline.tsv`), all.get(`${name}.tsv`)];
    return baseline === undefined || whole === undefined ? [] : [setInWords(name, baseline, whole)];
  });
  const found = Object.entries(figures).map(([name, value]) => `${name} ${digits(value)}`);
  return [...sizes, ...(found.length === 0 ? [] : [found.join(', ')])];
}

function checkOptions(options: SplitOptions): void {
  checkSubsetName(options.subsetName);
  const { nTest = DEFAULT_COUNT, pAgeThreshold, pSexThreshold } = options;
  refuse(!(nTest >= 0 && nTest < Infinity), '"n_test" to be 0 or more', nTest);
  refuse(
    !(pAgeThreshold >= 0 && pAgeThreshold <= 1),
    '"p_age_threshold" from 0 to 1',
    pAgeThreshold,
  );
  refuse(
    !(pSexThreshold >= 0 && pSexThreshold <= 1),
    '"p_sex_threshold" from 0 to 1',
    pSexThreshold,
  );
  if (!options.multiDiagnoses) return;
  const { ignoreDemographics, categoricalSplitVariable } = options;
  const other = ignoreDemographics ? '--ignore_demographics' : '--categorical_split_variable';
  const isWithOther = ignoreDemographics || categoricalSplitVariable !== undefined;
  refuse(isWithOther, '--multi-diagnoses without other ways to draw', other);
}

function refuse(isWrong: boolean, expected: string, found: number | string): void {
  if (isWrong) throw new CapsuleError('CONFIG_VALUE', { expected, found: String(found) });
}

const nobodyDrawn = (): Outcome => ({ subset: new Set(), figures: {}, problems: [] });
