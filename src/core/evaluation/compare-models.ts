/** Two models on the sessions that both of them tested: what differs, with intervals by pairs. */
import { metricsOfConfusion } from '../metrics/classification.ts';
import { confusionMatrix } from '../metrics/confusion.ts';
import { pairedDifferences, type MetricsOfRows } from '../metrics/paired.ts';
import { RECONSTRUCTION_METRICS } from '../metrics/reconstruction.ts';
import { regressionMetrics, REGRESSION_METRICS } from '../metrics/regression.ts';
import { areaUnderCurve } from '../metrics/roc.ts';
import { stream } from '../random/philox.ts';
import { isKnown, meanRecall } from './evaluate-group.ts';
import type { Comparison, ComparisonRequest, EvaluatedRow } from './request.ts';

export function compareModels(request: ComparisonRequest): Comparison {
  const { task, classes, second, seed } = request;
  const others = new Map(second.map((row) => [keyOf(row), row]));
  const pairs = request.first.flatMap((one) => {
    const other = others.get(keyOf(one));
    if (other === undefined) return [];
    return isKnown(one, request) && isKnown(other, request) ? [{ one, other }] : [];
  });
  const agreeing = pairs.filter(({ one, other }) => sameTruth(task, one, other));
  const counts = { sessions: agreeing.length, disagreeing: pairs.length - agreeing.length };
  if (agreeing.length === 0) return { ...counts, metrics: [] };
  const ofFirst = agreeing.map(({ one }) => one);
  const ofSecond = agreeing.map(({ other }) => other);
  const [names, metricsOf] = measures(task, classes);
  const differences = pairedDifferences(
    ...[names, metricsOf(ofFirst), metricsOf(ofSecond), agreeing.length],
    stream(seed, 'bootstrap of pairs'),
  );
  return {
    ...counts,
    metrics: differences.map(({ name, first, second: value, difference, interval }) => ({
      ...{ name, first, second: value },
      difference:
        interval === undefined || !Number.isFinite(interval.lower)
          ? { value: difference }
          : { value: difference, low: interval.lower, high: interval.upper },
    })),
  };
}

type Measures = [
  names: readonly string[],
  metricsOf: (rows: readonly EvaluatedRow[]) => MetricsOfRows,
];

function measures(task: ComparisonRequest['task'], classes: readonly string[]): Measures {
  if (task === 'regression') return [REGRESSION_METRICS, ofValues];
  if (task === 'reconstruction') return [RECONSTRUCTION_METRICS, ofVolumes];
  return classes.length === 2
    ? [['BA', 'accuracy', 'sensitivity', 'specificity', 'AUC'], (rows) => ofTwo(rows, classes)]
    : [['BA', 'accuracy'], (rows) => ofMany(rows, classes)];
}

/** A resample that has but one of the classes has no sensitivity, or no specificity: it is passed over. */
function ofTwo(rows: readonly EvaluatedRow[], classes: readonly string[]): MetricsOfRows {
  const { truth, predicted } = codesOf(rows, classes);
  const scores = rows.map(({ probabilities }) => probabilities[0] ?? NaN);
  return (drawn) => {
    const matrix = matrixOf(truth, predicted, 2, drawn);
    const metrics = metricsOfConfusion(matrix);
    const [first, second] = matrix.map((line) => line.reduce((sum, count) => sum + count, 0));
    const area = areaUnderCurve(
      Array.from(drawn, (row) => truth[row] === 0),
      Array.from(drawn, (row) => scores[row] ?? NaN),
    );
    return [
      first === 0 || second === 0 ? NaN : Number(metrics.get('BA')),
      Number(metrics.get('accuracy')),
      first === 0 ? NaN : Number(metrics.get('sensitivity')),
      second === 0 ? NaN : Number(metrics.get('specificity')),
      area,
    ];
  };
}

function ofMany(rows: readonly EvaluatedRow[], classes: readonly string[]): MetricsOfRows {
  const { truth, predicted } = codesOf(rows, classes);
  return (drawn) => {
    const matrix = matrixOf(truth, predicted, classes.length, drawn);
    const right = matrix.reduce((sum, line, code) => sum + (line[code] ?? 0), 0);
    return [meanRecall(matrix), right / drawn.length];
  };
}

function ofValues(rows: readonly EvaluatedRow[]): MetricsOfRows {
  const truth = rows.map(({ trueLabel }) => Number(trueLabel));
  const predicted = rows.map(({ predictedLabel }) => Number(predictedLabel));
  return (drawn) => {
    const metrics = regressionMetrics(
      Array.from(drawn, (row) => truth[row] ?? NaN),
      Array.from(drawn, (row) => predicted[row] ?? NaN),
    );
    return REGRESSION_METRICS.map((name) => Number(metrics.get(name)));
  };
}

function ofVolumes(rows: readonly EvaluatedRow[]): MetricsOfRows {
  return (drawn) =>
    RECONSTRUCTION_METRICS.map((name) => {
      let sum = 0;
      for (const row of drawn) sum += rows[row]?.figures?.[name] ?? NaN;
      return sum / drawn.length;
    });
}

function codesOf(rows: readonly EvaluatedRow[], classes: readonly string[]) {
  return {
    truth: rows.map(({ trueLabel }) => classes.indexOf(trueLabel)),
    predicted: rows.map(({ predictedLabel }) => classes.indexOf(predictedLabel)),
  };
}

function matrixOf(
  truth: readonly number[],
  predicted: readonly number[],
  classes: number,
  drawn: Uint32Array,
): number[][] {
  return confusionMatrix(
    Array.from(drawn, (row) => truth[row] ?? -1),
    Array.from(drawn, (row) => predicted[row] ?? -1),
    classes,
  );
}

function sameTruth(
  task: ComparisonRequest['task'],
  one: EvaluatedRow,
  other: EvaluatedRow,
): boolean {
  if (task === 'reconstruction') return true;
  if (task === 'regression') return Number(one.trueLabel) === Number(other.trueLabel);
  return one.trueLabel === other.trueLabel;
}

const keyOf = ({ participant, session }: EvaluatedRow): string => `${participant}/${session}`;
