/** The sessions of a model with what was said of them: worst first, found, sorted, and as a table. */
import { writeTable } from '../../core/tsv/table.ts';
import type { ModelSummary, PredictionRow } from '../../jobs/session-api.ts';

export interface ParticipantResult {
  readonly group: string;
  readonly row: PredictionRow;
  /** The larger the worse: what it is made of depends on the task. */
  readonly badness: number;
}

export interface Sorting {
  readonly column: string;
  readonly descending: boolean;
}

/**
 * @param groups - whose sessions; in this order where nothing else decides
 * @returns worst first: of a classification by the probability that was left to the true class, of a
 * regression by the size of the error, of a reconstruction by its mean absolute error; sessions
 * without a truth at the end
 */
export function participantRows(
  model: ModelSummary,
  selectionMetric: string,
  groups: readonly string[],
): ParticipantResult[] {
  return groups
    .flatMap((group) => {
      const result = model.results.find(
        (one) => one.group === group && one.selectionMetric === selectionMetric,
      );
      return (result?.predictions ?? []).map((row) => ({
        ...{ group, row, badness: badnessOf(model, row) },
      }));
    })
    .sort((a, b) => order(a.badness, b.badness, -1));
}

function badnessOf({ task, classes }: ModelSummary, row: PredictionRow): number {
  if (task === 'regression') return Math.abs(errorOf(row));
  if (task === 'reconstruction') return row.figures?.['MAE'] ?? NaN;
  const truth = classes.indexOf(row.trueLabel);
  if (truth < 0) return NaN;
  const left = row.probabilities[truth];
  return left === undefined ? Number(row.trueLabel !== row.predictedLabel) : 1 - left;
}

/** Predicted minus true; NaN where one of them is not known. */
export function errorOf({ trueLabel, predictedLabel }: PredictionRow): number {
  if (trueLabel === '' || predictedLabel === '') return NaN;
  return Number(predictedLabel) - Number(trueLabel);
}

/** @returns rows whose participant, session, truth or prediction has the words; all for none */
export function found(rows: readonly ParticipantResult[], words: string): ParticipantResult[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter(({ row, group }) => {
    const text = [row.participant, row.session, row.trueLabel, row.predictedLabel, group]
      .join(' ')
      .toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** @param sorting - worst first when absent */
export function sorted(
  rows: readonly ParticipantResult[],
  sorting: Sorting | undefined,
): ParticipantResult[] {
  if (sorting === undefined) return [...rows];
  const sign = sorting.descending ? -1 : 1;
  const { column } = sorting;
  return [...rows].sort((a, b) => order(valueOf(a, column), valueOf(b, column), sign));
}

/** What a column sorts by. */
function valueOf({ group, row, badness }: ParticipantResult, column: string): string | number {
  if (column.startsWith('p:')) return row.probabilities[Number(column.slice(2))] ?? NaN;
  if (column.startsWith('f:')) return row.figures?.[column.slice(2)] ?? NaN;
  if (column === 'error') return errorOf(row);
  if (column === 'verdict') return badness;
  if (column === 'group') return group;
  if (column === 'truth') return numberOr(row.trueLabel);
  if (column === 'predicted') return numberOr(row.predictedLabel);
  return column === 'session' ? row.session : row.participant;
}

const numberOr = (text: string): string | number =>
  text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;

/** What is not known comes last, whichever way. */
function order(a: string | number, b: string | number, sign: 1 | -1): number {
  const isUnknown = (value: string | number) => value === '' || Number.isNaN(value);
  if (isUnknown(a) || isUnknown(b)) return Number(isUnknown(a)) - Number(isUnknown(b));
  if (a === b) return 0;
  const isBefore = typeof a === typeof b ? a < b : String(a) < String(b);
  return isBefore ? -sign : sign;
}

/** Columns of a MAPS where they are the same thing: participant_id, session_id, true_label, ... */
export function participantTable(
  { classes, task }: Pick<ModelSummary, 'classes' | 'task'>,
  rows: readonly ParticipantResult[],
): string {
  const figures = Object.keys(rows[0]?.row.figures ?? {});
  const labels = task === 'reconstruction' ? [] : ['true_label', 'predicted_label'];
  return writeTable({
    columns: [
      ...['participant_id', 'session_id', 'set', ...labels],
      ...(task === 'regression' ? ['error'] : []),
      ...classes.map((name) => `proba_${name}`),
      ...figures,
    ],
    rows: rows.map(({ group, row }) => [
      ...[row.participant, row.session, group],
      ...(labels.length === 0 ? [] : [row.trueLabel, row.predictedLabel]),
      ...(task === 'regression' ? [cell(errorOf(row))] : []),
      ...classes.map((_, code) => cell(row.probabilities[code])),
      ...figures.map((name) => cell(row.figures?.[name])),
    ]),
  });
}

const cell = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? '' : String(value);
