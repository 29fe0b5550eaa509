/**
 * Folds of a k-fold cross-validation in which every class has its share, to the row those of
 * scikit-learn's `StratifiedKFold(n_splits, shuffle=True, random_state=2)` with which ClinicaDL makes
 * them: who validates in which fold stays the same when a study moves from one program to the other.
 */
import { Mt19937 } from '../random/mt19937.ts';
import { numpyShuffle } from '../random/numpy-shuffle.ts';

/** The seed of ClinicaDL's folds: fixed, not an option. */
export const FOLD_SEED = 2;

/**
 * @param labels - class of each row
 * @param count - of folds, 2 or more; scikit-learn refuses a count above every class's size, here
 *   folds may then be empty
 * @returns number of the fold that each row belongs to, in the order of the rows
 */
export function stratifiedFolds(labels: readonly string[], count: number): number[] {
  // Classes are numbered in the order in which they first appear.
  const classes = [...new Set(labels)];
  const code = new Map(classes.map((label, index) => [label, index]));
  const codes = labels.map((label) => code.get(label) as number);
  const sorted = [...codes].sort((a, b) => a - b);
  // Dealing the sorted rows out, one fold after the other, gives each fold its number of each class.
  const dealt = classes.map(() => new Array<number>(count).fill(0));
  sorted.forEach((label, position) => {
    const perFold = dealt[label] as number[];
    perFold[position % count] = (perFold[position % count] as number) + 1;
  });
  const generator = new Mt19937(FOLD_SEED);
  const foldsOfClass = dealt.map((perFold) =>
    numpyShuffle(
      generator,
      perFold.flatMap((rows, fold) => new Array<number>(rows).fill(fold)),
    ),
  );
  const next = classes.map(() => 0);
  return codes.map((label) => {
    const position = next[label] as number;
    next[label] = position + 1;
    return foldsOfClass[label]?.[position] as number;
  });
}

/** @returns how many rows each class has, classes in the order in which they first appear. */
export function classSizes(labels: readonly string[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return sizes;
}
