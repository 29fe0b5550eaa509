/** The tables of a MAPS read back; a cell that is not what its column needs is MAPS_DAMAGED. */
import { CapsuleError } from '../errors.ts';
import type { MetricValue, Metrics } from '../metrics/classification.ts';
import type { PartPrediction } from '../metrics/ensemble.ts';
import { RECONSTRUCTION_METRICS } from '../metrics/reconstruction.ts';
import type { MetricWithInterval } from '../metrics/report.ts';
import { columnOf, findColumn, parseTable, type Table } from '../tsv/table.ts';
import { parseNumber } from './cells.ts';
import type { GroupRow, TrainingRow } from './tables.ts';

/** Rows of training.tsv, and the names of its metrics (`loss` last). */
export interface TrainingLog {
  readonly metrics: readonly string[];
  readonly rows: readonly TrainingRow[];
}

export function parseTrainingTable(text: string, file: string): TrainingLog {
  const table = parseTable(text, { file });
  const metrics = table.columns
    .filter((column) => column.endsWith('_train'))
    .map((column) => column.slice(0, -'_train'.length));
  const rows = table.rows.map((_, index) => {
    const at = (column: string) => numberAt(table, index, column, file);
    const of = (suffix: string): Metrics =>
      new Map(metrics.map((name) => [name, metricValue(at(`${name}_${suffix}`))]));
    return {
      epoch: Number(at('epoch')),
      iteration: Number(at('iteration')),
      time: Number(at('time')),
      train: of('train'),
      validation: of('valid'),
    };
  });
  return { metrics, rows };
}

/** A group's definition: its sessions, and the column of their labels when there is one. */
export interface GroupTable {
  readonly rows: readonly GroupRow[];
  readonly label: string | undefined;
}

export function parseGroupTable(text: string, file: string): GroupTable {
  const table = parseTable(text, { file });
  const [participants, sessions, cohorts] = ['participant_id', 'session_id', 'cohort'].map((name) =>
    columnOf(table, name, { file }),
  ) as [string[], string[], string[]];
  const known = ['', 'participant_id', 'session_id', 'cohort'];
  const label = table.columns.find((column) => !known.includes(column));
  const labels = label === undefined ? undefined : columnOf(table, label, { file });
  const rows = table.rows.map((_, index) => ({
    participant: participants[index] as string,
    session: sessions[index] as string,
    cohort: cohorts[index] as string,
    ...(labels === undefined ? {} : { label: labels[index] as string }),
  }));
  return { rows, label };
}

/** Predictions of any task, at image level or of parts; of a reconstruction, its figures. */
export function parsePredictionTable(text: string, file: string): PartPrediction[] {
  const table = parseTable(text, { file });
  const part = table.columns.find((column) => /^(image|patch|slice|roi)_id$/.test(column));
  if (part === undefined)
    throw new CapsuleError('MAPS_DAMAGED', { file, expected: 'a part column' });
  const probabilities = table.columns.filter((column) => /^proba\d+$/.test(column));
  const participants = columnOf(table, 'participant_id', { file });
  const sessions = columnOf(table, 'session_id', { file });
  const isReconstruction = findColumn(table, RECONSTRUCTION_METRICS[0]) !== undefined;
  return table.rows.map((_, index) => {
    const at = (column: string) => Number(numberAt(table, index, column, file));
    const participant = participants[index] as string;
    const session = sessions[index] as string;
    if (isReconstruction) {
      const nothing = { truth: -1, predicted: -1, probabilities: [] };
      const figures = RECONSTRUCTION_METRICS.map(at);
      return { participant, session, part: at(part), ...nothing, figures };
    }
    return {
      ...{ participant, session, part: at(part) },
      truth: at('true_label'),
      predicted: at('predicted_label'),
      probabilities: probabilities.map(at),
    };
  });
}

/** Either form of a metrics table: with intervals or plain. Of several networks, one list each. */
export function parseMetricsTable(text: string, file: string): MetricWithInterval[][] {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/\r$/, '').split('\t'));
  if (lines[0]?.[0] !== 'Metrics')
    return [
      parseBlock(
        [
          ['Metrics', ...(lines[0] ?? [])],
          ['Values', ...(lines[1] ?? [])],
        ],
        file,
      ),
    ];
  const starts = lines.flatMap(([name], index) => (name === 'Metrics' ? [index] : []));
  return starts.map((start, block) => parseBlock(lines.slice(start, starts[block + 1]), file));
}

function parseBlock(lines: readonly (readonly string[])[], file: string): MetricWithInterval[] {
  const named = new Map(lines.map(([name = '', ...cells]) => [name, cells]));
  const names = named.get('Metrics') ?? [];
  const cell = (line: string, index: number) => {
    const text = named.get(line)?.[index];
    if (text === undefined || text === 'N/A') return undefined;
    return parseNumber(text, { file, row: 1, column: names[index] ?? '' });
  };
  return names.map((name, index) => {
    const value = cell('Values', index);
    if (value === undefined) throw new CapsuleError('MAPS_DAMAGED', { file, column: name });
    const [lower, upper, standardError] = ['Lower bound CI', 'Upper bound CI', 'SE'].map((line) =>
      cell(line, index),
    );
    if (lower === undefined || upper === undefined || standardError === undefined) {
      return { name, value: metricValue(value) };
    }
    const interval = {
      lower: Number(lower),
      upper: Number(upper),
      standardError: Number(standardError),
    };
    return { name, value: metricValue(value), interval };
  });
}

/** Python's integer 0 stays apart from its float 0.0. */
function metricValue(value: number | bigint): MetricValue {
  return value === 0n ? 0n : Number(value);
}

function numberAt(table: Table, index: number, column: string, file: string): number | bigint {
  const position = findColumn(table, column);
  if (position === undefined) throw new CapsuleError('MAPS_DAMAGED', { file, column });
  return parseNumber(table.rows[index]?.[position] ?? '', { file, row: index + 2, column });
}
