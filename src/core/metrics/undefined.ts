/**
 * Metrics that a group leaves undefined: a precision where nobody was predicted positive is 0/0, and
 * ClinicaDL's tables have 0 there. The tables keep that number; who reads them should not take it for
 * a result. F1 is 2 TP / (2 TP + FP + FN), which has a value wherever a positive is true or predicted.
 */
import type { ClassificationMetric } from './classification.ts';
import { confusionMatrix, oneVersusRest, type Counts } from './confusion.ts';

const none = {
  sensitivity: ({ truePositives, falseNegatives }) => truePositives + falseNegatives === 0,
  specificity: ({ trueNegatives, falsePositives }) => trueNegatives + falsePositives === 0,
  PPV: ({ truePositives, falsePositives }) => truePositives + falsePositives === 0,
  NPV: ({ trueNegatives, falseNegatives }) => trueNegatives + falseNegatives === 0,
} as const satisfies Record<string, (counts: Counts) => boolean>;

const UNDEFINED: Readonly<Record<Exclude<ClassificationMetric, 'accuracy'>, typeof none.PPV>> = {
  ...none,
  BA: (counts) => none.sensitivity(counts) || none.specificity(counts),
  F1_score: ({ truePositives, falsePositives, falseNegatives }) =>
    truePositives + falsePositives + falseNegatives === 0,
  MCC: (counts) => Object.values(none).some((isNone) => isNone(counts)),
  MK: (counts) => none.PPV(counts) || none.NPV(counts),
  // A division by 1 - specificity, or by specificity.
  LR_plus: (counts) =>
    none.sensitivity(counts) || none.specificity(counts) || counts.falsePositives === 0,
  LR_minus: (counts) =>
    none.sensitivity(counts) || none.specificity(counts) || counts.trueNegatives === 0,
};

/**
 * @param truth - label codes, one an element. @param predicted - as many.
 * @returns names as the tables have them: `PPV`, with more than two classes `PPV-<class>`
 */
export function undefinedMetrics(
  truth: readonly number[],
  predicted: readonly number[],
  classes: number,
): ReadonlySet<string> {
  const matrix = confusionMatrix(truth, predicted, classes);
  const positives = classes <= 2 ? [0] : matrix.map((_, positive) => positive);
  const names = positives.flatMap((positive) => {
    const counts = oneVersusRest(matrix, positive);
    return Object.entries(UNDEFINED).flatMap(([name, isUndefined]) =>
      isUndefined(counts) ? [classes <= 2 ? name : `${name}-${positive}`] : [],
    );
  });
  return new Set(truth.length === 0 ? ['accuracy', ...names] : names);
}
