/**
 * The classification metrics of ClinicaDL 1.6.1. With two classes the positive one is label code 0,
 * alphabetically first (AD before CN); with more, each class stands against the rest under
 * `<metric>-<class>`, accuracy excepted.
 *
 * Where a denominator is 0, 1.6.1 answers with Python's integer 0 for four of them, and tables show
 * `0` there, not `0.0`. Here that integer is the bigint `0n`; a number is a Python float.
 */
import { confusionMatrix, oneVersusRest, type Counts } from './confusion.ts';

export type MetricValue = number | 0n;
/** By name, in the order of the columns of a table. */
export type Metrics = Map<string, MetricValue>;

type Formula = (counts: Counts) => MetricValue;

const FORMULAS = {
  BA: (counts) => (sensitivity(counts) + specificity(counts)) / 2,
  accuracy: 'agreement',
  F1_score: (counts) => {
    const precision = positivePredictiveValue(counts);
    const recall = sensitivity(counts);
    return precision + recall === 0 ? 0n : (2 * precision * recall) / (precision + recall);
  },
  sensitivity,
  specificity,
  PPV: positivePredictiveValue,
  NPV: negativePredictiveValue,
  MCC: ({ truePositives: tp, trueNegatives: tn, falsePositives: fp, falseNegatives: fn }) => {
    const denominator = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn);
    return denominator === 0 ? 0n : (tp * tn - fp * fn) / Math.sqrt(denominator);
  },
  MK: (counts) => positivePredictiveValue(counts) + negativePredictiveValue(counts) - 1,
  LR_plus: (counts) =>
    specificity(counts) === 1 ? 0n : sensitivity(counts) / (1 - specificity(counts)),
  LR_minus: (counts) =>
    specificity(counts) === 0 ? 0n : (1 - sensitivity(counts)) / specificity(counts),
} as const satisfies Record<string, Formula | 'agreement'>;

export type ClassificationMetric = keyof typeof FORMULAS;
/** In the order of the columns of training.tsv. */
export const CLASSIFICATION_METRICS = Object.keys(FORMULAS) as ClassificationMetric[];

/** @returns the columns that `classificationMetrics` fills for this number of classes. */
export function classificationColumns(classes: number): string[] {
  return CLASSIFICATION_METRICS.flatMap((metric) =>
    isPerClass(metric, classes)
      ? Array.from({ length: classes }, (_, positive) => `${metric}-${positive}`)
      : [metric],
  );
}

/**
 * @param truth - label codes. @param predicted - as many.
 * @returns the value of every column of `classificationColumns(classes)`, in that order.
 */
export function classificationMetrics(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): Metrics {
  return metricsOfConfusion(confusionMatrix(truth, predicted, classes));
}

/** The same from `[true class][predicted class]` counts. */
export function metricsOfConfusion(matrix: readonly (readonly number[])[]): Metrics {
  const classes = matrix.length;
  const metrics: Metrics = new Map();
  const counts = matrix.map((_, positive) => oneVersusRest(matrix, positive));
  for (const metric of CLASSIFICATION_METRICS) {
    const formula = FORMULAS[metric];
    if (formula === 'agreement') metrics.set(metric, agreement(matrix));
    else if (classes <= 2) metrics.set(metric, formula(counts[0] as Counts));
    else counts.forEach((ofClass, c) => metrics.set(`${metric}-${c}`, formula(ofClass)));
  }
  return metrics;
}

/**
 * One value a metric, as training.tsv has it: the mean over classes where there are more than two.
 * @param metrics - of `classificationMetrics`, for the same number of classes.
 */
export function averagedOverClasses(metrics: Metrics, classes: number): Metrics {
  if (classes <= 2) return metrics;
  return new Map(
    CLASSIFICATION_METRICS.map((metric) => {
      if (!isPerClass(metric, classes)) return [metric, metrics.get(metric) ?? 0n];
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += Number(metrics.get(`${metric}-${c}`) ?? 0);
      return [metric, sum / classes];
    }),
  );
}

function isPerClass(metric: ClassificationMetric, classes: number): boolean {
  return classes > 2 && FORMULAS[metric] !== 'agreement';
}

/** The share of elements whose predicted class is the true one. */
function agreement(matrix: readonly (readonly number[])[]): number {
  const all = matrix.flat().reduce((sum, count) => sum + count, 0);
  return ratio(
    matrix.reduce((sum, row, truth) => sum + (row[truth] ?? 0), 0),
    all,
  );
}

function sensitivity(counts: Counts): number {
  return ratio(counts.truePositives, counts.truePositives + counts.falseNegatives);
}

function specificity(counts: Counts): number {
  return ratio(counts.trueNegatives, counts.trueNegatives + counts.falsePositives);
}

function positivePredictiveValue(counts: Counts): number {
  return ratio(counts.truePositives, counts.truePositives + counts.falsePositives);
}

function negativePredictiveValue(counts: Counts): number {
  return ratio(counts.trueNegatives, counts.trueNegatives + counts.falseNegatives);
}

function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}
