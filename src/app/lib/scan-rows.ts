/** The scans that a model has predicted: found by words, and sorted by what it says of them. */
import type { ModelSummary, ScanPrediction } from '../../jobs/session-api.ts';

export interface ScanSorting {
  readonly column: string;
  readonly descending: boolean;
}

type Of = Pick<ModelSummary, 'classes'>;

/** Of the class that it says; NaN where there are no classes. */
export function probabilityOf(row: ScanPrediction, { classes }: Of): number {
  return row.probabilities[classes.indexOf(row.predictedLabel)] ?? NaN;
}

/** @returns rows whose participant, session, prediction or label has all the words */
export function scansFound(rows: readonly ScanPrediction[], words: string): ScanPrediction[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter(({ participant, session, predictedLabel, trueLabel }) => {
    const text = [participant, session, predictedLabel, trueLabel].join(' ').toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** @param sorting - as the tables have them when absent */
export function scansSorted(
  rows: readonly ScanPrediction[],
  sorting: ScanSorting | undefined,
  model: Of,
): ScanPrediction[] {
  if (sorting === undefined) return [...rows];
  const sign = sorting.descending ? -1 : 1;
  const valueOf = (row: ScanPrediction) => cellOf(row, sorting.column, model);
  return [...rows].sort((a, b) => order(valueOf(a), valueOf(b), sign));
}

function cellOf(row: ScanPrediction, column: string, model: Of): string | number {
  if (column.startsWith('f:')) return row.figures?.[column.slice(2)] ?? NaN;
  if (column === 'probability') return probabilityOf(row, model);
  if (column === 'spread') return row.spread ?? NaN;
  if (column === 'seen') return row.seen ?? '';
  if (column === 'session') return row.session;
  if (column === 'predicted') return numberOr(row.predictedLabel);
  return column === 'truth' ? numberOr(row.trueLabel) : row.participant;
}

const numberOr = (text: string): string | number =>
  text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;

/** What is not known comes last, whichever way. */
function order(a: string | number, b: string | number, sign: 1 | -1): number {
  const isUnknown = (value: string | number) => value === '' || Number.isNaN(value);
  if (isUnknown(a) || isUnknown(b)) return Number(isUnknown(a)) - Number(isUnknown(b));
  if (a === b) return 0;
  return (typeof a === typeof b ? a < b : String(a) < String(b)) ? -sign : sign;
}
