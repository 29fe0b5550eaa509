/**
 * `tsvtools kfold`: the folds of a cross-validation on a table of sessions, participant by
 * participant (https://clinicadl.readthedocs.io, "kfold"). Everyone validates once. The folds are
 * those of ClinicaDL 1.6.1, to the participant.
 */
import { pythonJson } from '../config/python-json.ts';
import { CapsuleError, describe, type Problem } from '../errors.ts';
import { numberIn } from '../tsv/pandas-cells.ts';
import type { NamedTable } from '../tsv/read-table.ts';
import type { Table } from '../tsv/table.ts';
import { withNeeded } from './labels-above.ts';
import { strataOf } from './people.ts';
import { joinNotes } from './plan-split.ts';
import { orderSessions, participantsOf, type Sessions } from './session-table.ts';
import { checkSubsetName, setTables, type SetsPlan, type SubsetOptions } from './set-tables.ts';
import { classSizes, stratifiedFolds } from './stratified-folds.ts';

export interface FoldOptions extends SubsetOptions {
  /** Folds, 2 or more; 0: one fold without a training set. */
  readonly nSplits: number;
  /** Column that every fold has in the same proportions, instead of the diagnosis. */
  readonly stratification?: string | undefined;
}

/**
 * @param others - tables that may have columns that the table lacks, nearest first
 * @throws CONFIG_VALUE, SPLIT_SIZE, TSV_VALUE, and those of `withNeeded` and `orderSessions`
 */
export function planFolds(
  source: NamedTable,
  others: readonly NamedTable[],
  options: FoldOptions,
): SetsPlan {
  checkSubsetName(options.subsetName);
  checkCount(options);
  const { nSplits } = options;
  const completed = withNeeded(source, columnsForFolds(options), others);
  const sessions = orderSessions(completed);
  const participants = participantsOf(sessions);
  const { folds, problems } =
    nSplits === 0 ? { folds: participants.map(() => 0), problems: [] } : foldsOf(sessions, options);
  const tables: [string, Table][] = [];
  const sizes: number[] = [];
  for (let fold = 0; fold < Math.max(1, nSplits); fold++) {
    const subset = new Set(participants.filter((_name, index) => folds[index] === fold));
    const train = new Set(participants.filter((name) => !subset.has(name)));
    const sets = nSplits === 0 ? { subset } : { train, subset };
    tables.push(...setTables(sessions, sets, options, `split-${fold}/`));
    sizes.push(subset.size);
  }
  return {
    folder: `${nSplits}_fold`,
    tables: new Map(tables),
    record: { name: 'kfold.json', text: recordOf(options) },
    notes: [
      ...joinNotes(completed),
      `${participants.length} participants, ${options.subsetName} in each fold: ${sizes.join(', ')}`,
    ],
    problems,
  };
}

/** @returns the columns that have to be known at the first session of everyone. */
export function columnsForFolds(options: Pick<FoldOptions, 'nSplits' | 'stratification'>) {
  return options.nSplits === 0 ? [] : [options.stratification ?? 'diagnosis'];
}

function foldsOf(
  sessions: Sessions,
  options: FoldOptions,
): { folds: number[]; problems: Problem[] } {
  const { nSplits, stratification = 'diagnosis' } = options;
  const labels = strataOf(sessions, stratification);
  refuseContinuous(labels, sessions.file, stratification);
  const sizes = [...classSizes(labels)];
  const where = { file: sessions.file, column: stratification };
  if (sizes.every(([, size]) => size < nSplits)) {
    throw new CapsuleError('SPLIT_SIZE', {
      ...where,
      expected: `a class with ${nSplits} participants or more, for ${nSplits} folds`,
      found: sizes.map(([label, size]) => `${size} ${label}`).join(', '),
    });
  }
  const small = sizes.filter(([, size]) => size < nSplits);
  const problems = small.map(([label, size]) =>
    describe('SPLIT_SMALL_CLASS', {
      ...{ ...where, expected: `${nSplits} or more`, found: `${size} of "${label}"` },
    }),
  );
  return { folds: stratifiedFolds(labels, nSplits), problems };
}

/** As scikit-learn does: a number with a fraction is a measure, not a class. */
function refuseContinuous(labels: readonly string[], file: string, column: string): void {
  const numbers = labels.map(numberIn);
  const fraction = numbers.find((value) => value !== undefined && !Number.isInteger(value));
  if (numbers.includes(undefined) || fraction === undefined) return;
  throw new CapsuleError('CONFIG_VALUE', {
    ...{ file, column, expected: '"stratification" to be a column of classes' },
    found: `measures such as ${fraction}`,
  });
}

/** 0 means what the documentation says, which 1.6.1 does not do: it fails. */
function checkCount({ nSplits, compat }: FoldOptions): void {
  const isAllowed = nSplits >= 2 || (nSplits === 0 && compat === undefined);
  if (Number.isInteger(nSplits) && isAllowed) return;
  throw new CapsuleError('CONFIG_VALUE', {
    expected: `"n_splits" to be 2 or more${compat === undefined ? ', or 0 for no training set' : ''}`,
    found: String(nSplits),
  });
}

function recordOf({ nSplits, subsetName, stratification }: FoldOptions): string {
  const record = {
    n_splits: nSplits,
    subset_name: subsetName,
    stratification: stratification ?? null,
  };
  return pythonJson(record, { indent: 4 });
}
