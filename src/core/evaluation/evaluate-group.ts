/**
 * A group of sessions as someone judges it who has to defend the result: curves with their intervals,
 * what a guess without a network would reach, and how likely chance does as well.
 */
import { reliabilityCurve } from '../metrics/calibration.ts';
import { confusionMatrix } from '../metrics/confusion.ts';
import { chanceOfDecisions, chanceOfScores, chanceOfValues } from '../metrics/permutation.ts';
import type { MetricWithInterval } from '../metrics/report.ts';
import { residualTrend } from '../metrics/residuals.ts';
import { judgedOf, scoreReport, type Scored } from '../metrics/roc.ts';
import { rocBand, rocCurve } from '../metrics/roc-curve.ts';
import { stream } from '../random/philox.ts';
import type { Interval } from '../metrics/bootstrap.ts';
import type {
  ClassificationFigures,
  EvaluatedRow,
  EvaluationRequest,
  Figure,
  GroupEvaluation,
  RegressionFigures,
  RocFigures,
} from './request.ts';

/** Of the histogram of scores. */
export const SCORE_BINS = 10;
/** Draws of a band: all that the bootstrap has for few sessions, fewer for many. */
const BAND_DRAWS = 2_000_000;

export function evaluateGroup(request: EvaluationRequest): GroupEvaluation {
  const { task, rows } = request;
  const known = rows.filter((row) => isKnown(row, request));
  const heads = {
    sessions: rows.length,
    participants: new Set(rows.map(({ participant }) => participant)).size,
    labelled: known.length,
  };
  if (known.length < 2) return heads;
  if (task === 'classification') {
    return { ...heads, classification: classificationOf(known, request) };
  }
  if (task === 'regression') return { ...heads, regression: regressionOf(known, request) };
  return heads;
}

/** Whether a row has a truth and a prediction that can be compared. */
export function isKnown(
  { trueLabel, predictedLabel }: EvaluatedRow,
  { task, classes }: Pick<EvaluationRequest, 'task' | 'classes'>,
): boolean {
  if (task === 'classification')
    return classes.includes(trueLabel) && classes.includes(predictedLabel);
  if (task === 'reconstruction') return true;
  return [trueLabel, predictedLabel].every((text) => text !== '' && Number.isFinite(Number(text)));
}

function classificationOf(
  rows: readonly EvaluatedRow[],
  { classes, group, seed, isWhole, trained }: EvaluationRequest,
): ClassificationFigures {
  const elements = rows.map(({ trueLabel, predictedLabel, probabilities }): Scored => ({
    ...{ truth: classes.indexOf(trueLabel), predicted: classes.indexOf(predictedLabel) },
    probabilities,
  }));
  const hasScores = elements.every(({ probabilities }) => probabilities.length === classes.length);
  const truth = elements.map((element) => element.truth);
  const predicted = elements.map((element) => element.predicted);
  const matrix = confusionMatrix(truth, predicted, classes.length);
  // The stream of the tables that `predict` writes: the same intervals.
  const what = isWhole ? 'bootstrap of scores' : 'bootstrap of image scores';
  const report = hasScores
    ? scoreReport(elements, classes.length, stream(seed, `${what} ${group}`))
    : [];
  const figures = new Map(report.map((metric) => [metric.name, figureOf(metric)]));
  const random = (name: string) => stream(seed, `${name} ${group}`);
  const counts = classes.map((_, code) => truth.filter((one) => one === code).length);
  const likeliest = mostFrequent(trained.length === 0 ? rows : trained, classes);
  return {
    roc: hasScores ? rocOf(elements, classes, figures, (name) => random(`band of ${name}`)) : [],
    calibration: hasScores ? reliabilityCurve(judgedOf(elements)) : [],
    calibrationError: figures.get('ECE') ?? { value: NaN },
    scores: hasScores ? scoresOf(elements, classes) : [],
    scored: classes.length === 2 ? (classes[0] ?? '') : '',
    sizes: Object.fromEntries(classes.map((label, code) => [label, counts[code] ?? 0])),
    accuracy: sumOf(matrix.map((line, code) => line[code] ?? 0)) / rows.length,
    balancedAccuracy: meanRecall(matrix),
    guess: { label: likeliest, accuracy: (counts[classes.indexOf(likeliest)] ?? 0) / rows.length },
    said: classes.filter((_, code) => predicted.includes(code)),
    chance: hasScores
      ? chanceOfScores(
          truth,
          elements.map(({ probabilities }) => probabilities),
          classes.length,
          random('shuffled labels'),
        )
      : chanceOfDecisions(truth, predicted, classes.length, random('shuffled labels')),
  };
}

function rocOf(
  elements: readonly Scored[],
  classes: readonly string[],
  figures: ReadonlyMap<string, Figure>,
  random: (name: string) => ReturnType<typeof stream>,
): RocFigures[] {
  const positives = classes.length === 2 ? [0] : classes.map((_, code) => code);
  const resamples = Math.max(200, Math.min(2000, Math.floor(BAND_DRAWS / elements.length)));
  return positives.map((code) => {
    const positive = classes[code] ?? '';
    const isPositive = elements.map(({ truth }) => truth === code);
    const scores = elements.map(({ probabilities }) => probabilities[code] ?? NaN);
    const band = rocBand(isPositive, scores, random(positive), resamples);
    const area = figures.get(classes.length === 2 ? 'AUC' : `AUC-${code}`) ?? { value: NaN };
    return {
      ...{ positive, points: rocCurve(isPositive, scores), area },
      ...(band === undefined ? {} : { band }),
    };
  });
}

/** Of two classes the probability of the first for both; else each class's own. */
function scoresOf(
  elements: readonly Scored[],
  classes: readonly string[],
): ClassificationFigures['scores'] {
  return classes.map((label, code) => {
    const counts = new Array<number>(SCORE_BINS).fill(0);
    for (const { truth, probabilities } of elements) {
      if (truth !== code) continue;
      const score = probabilities[classes.length === 2 ? 0 : code] ?? 0;
      const bin = Math.min(SCORE_BINS - 1, Math.max(0, Math.floor(score * SCORE_BINS)));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    return { label, counts };
  });
}

function regressionOf(
  rows: readonly EvaluatedRow[],
  { group, seed, trained, task, classes }: EvaluationRequest,
): RegressionFigures {
  const truth = rows.map(({ trueLabel }) => Number(trueLabel));
  const predicted = rows.map(({ predictedLabel }) => Number(predictedLabel));
  const trend = residualTrend(truth, predicted, stream(seed, `bootstrap of residuals ${group}`));
  const seen = trained.filter((row) => isKnown(row, { task, classes }));
  const guess = medianOf(seen.length === 0 ? truth : seen.map((row) => Number(row.trueLabel)));
  return {
    points: rows.map((_, at) => ({ truth: truth[at] ?? NaN, predicted: predicted[at] ?? NaN })),
    bias: withBounds(trend.bias, trend.biasInterval),
    slope: withBounds(trend.slope, trend.slopeInterval),
    intercept: trend.intercept,
    meanError: meanOf(truth.map((value, at) => Math.abs(value - (predicted[at] ?? NaN)))),
    guess: { value: guess, meanError: meanOf(truth.map((value) => Math.abs(value - guess))) },
    chance: chanceOfValues(truth, predicted, stream(seed, `shuffled labels ${group}`)),
  };
}

/** Mean share of each class that is recognised, over classes that occur: scikit-learn's balanced accuracy. */
export function meanRecall(matrix: readonly (readonly number[])[]): number {
  const recalls = matrix.flatMap((line, code) => {
    const size = sumOf(line);
    return size === 0 ? [] : [(line[code] ?? 0) / size];
  });
  return meanOf(recalls);
}

function mostFrequent(rows: readonly EvaluatedRow[], classes: readonly string[]): string {
  const counts = classes.map((label) => rows.filter(({ trueLabel }) => trueLabel === label).length);
  return classes[counts.indexOf(Math.max(...counts))] ?? '';
}

function figureOf({ value, interval }: MetricWithInterval): Figure {
  return withBounds(Number(value), interval);
}

function withBounds(value: number, interval: Interval | undefined): Figure {
  if (interval === undefined || !Number.isFinite(interval.lower)) return { value };
  return { value, low: interval.lower, high: interval.upper };
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const meanOf = (values: readonly number[]): number => sumOf(values) / values.length;

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low, high] = [sorted[Math.floor(middle)] ?? NaN, sorted[Math.ceil(middle)] ?? NaN];
  return (low + high) / 2;
}
