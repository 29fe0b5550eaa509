/** Counts of true and predicted classes, and the four counts of one class against the rest. */

export interface Counts {
  readonly truePositives: number;
  readonly trueNegatives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
}

/**
 * @param truth - label codes 0..classes-1. @param predicted - as many.
 * @returns `[true class][predicted class]`, numbers of elements.
 */
export function confusionMatrix(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i++) {
    const row = matrix[truth[i] as number];
    const column = predicted[i] as number;
    if (row === undefined || row[column] === undefined) {
      throw new RangeError(`label ${truth[i]} or ${column} is not one of ${classes} classes`);
    }
    row[column] += 1;
  }
  return matrix;
}

/** @returns the counts of class `positive` against all others. */
export function oneVersusRest(matrix: readonly (readonly number[])[], positive: number): Counts {
  const counts = { truePositives: 0, trueNegatives: 0, falsePositives: 0, falseNegatives: 0 };
  matrix.forEach((row, truth) => {
    row.forEach((count, predicted) => {
      if (truth === positive && predicted === positive) counts.truePositives += count;
      else if (truth === positive) counts.falseNegatives += count;
      else if (predicted === positive) counts.falsePositives += count;
      else counts.trueNegatives += count;
    });
  });
  return counts;
}
