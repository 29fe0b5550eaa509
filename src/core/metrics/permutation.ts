/**
 * Whether a network does better than chance: the true labels are shuffled among the sessions, and the
 * p-value is the share of shuffles that do at least as well (Ojala and Garriga 2010, "Permutation
 * tests for studying classifier performance", test 1). It holds for few sessions too, where
 * intervals by the bootstrap are too narrow.
 */
import type { RandomStream } from '../random/philox.ts';

export const PERMUTATIONS = 2000;

export interface ChanceTest {
  /** Share of shuffles that do at least as well, the true order counted among them. */
  readonly p: number;
  /** The least p that these sessions could give, however good the network. */
  readonly least: number;
}

/**
 * By the ranks of the scores: the mean area under the ROC curves, one class against the rest.
 * @param truth - class codes
 * @param scores - `[element][class]`, any that rise with the probability of the class
 */
export function chanceOfScores(
  truth: readonly number[],
  scores: readonly (readonly number[])[],
  classes: number,
  random: RandomStream,
  permutations = PERMUTATIONS,
): ChanceTest {
  const sizes = sizesOf(truth, classes);
  const codes = classes === 2 ? [0] : sizes.flatMap((size, code) => (size > 0 ? [code] : []));
  const ranks = codes.map((code) => midranks(scores.map((row) => row[code] ?? NaN)));
  // Areas are rank sums up to a constant and the sizes of the two kinds.
  const weights = codes.map((code) => {
    const size = sizes[code] ?? 0;
    return 1 / (size * (truth.length - size) || 1);
  });
  const statistic = (labels: readonly number[]): number => {
    let sum = 0;
    for (const [at, code] of codes.entries()) {
      const ofClass = ranks[at] as Float64Array;
      let rankSum = 0;
      for (const [row, label] of labels.entries()) if (label === code) rankSum += ofClass[row] ?? 0;
      sum += rankSum * (weights[at] as number);
    }
    return sum;
  };
  return { p: shuffled(truth, statistic, random, permutations), least: 1 / arrangements(sizes) };
}

/**
 * By the decisions alone: the mean share of each class that is recognised.
 * @param truth - class codes. @param predicted - as many
 */
export function chanceOfDecisions(
  truth: readonly number[],
  predicted: readonly number[],
  classes: number,
  random: RandomStream,
  permutations = PERMUTATIONS,
): ChanceTest {
  const sizes = sizesOf(truth, classes);
  const statistic = (labels: readonly number[]): number => {
    let sum = 0;
    for (const [row, label] of labels.entries()) {
      if (label === predicted[row]) sum += 1 / (sizes[label] ?? 1);
    }
    return sum;
  };
  return { p: shuffled(truth, statistic, random, permutations), least: 1 / arrangements(sizes) };
}

/**
 * Of a regression: whether predictions rise with the truth (one-sided test of the covariance, and so
 * of the correlation, and of the squared error up to a constant shift).
 */
export function chanceOfValues(
  truth: readonly number[],
  predicted: readonly number[],
  random: RandomStream,
  permutations = PERMUTATIONS,
): ChanceTest {
  const mean = predicted.reduce((sum, value) => sum + value, 0) / predicted.length;
  const statistic = (values: readonly number[]): number => {
    let sum = 0;
    for (const [row, value] of values.entries()) sum += value * ((predicted[row] ?? mean) - mean);
    return sum;
  };
  const counts = new Map<number, number>();
  for (const value of truth) counts.set(value, (counts.get(value) ?? 0) + 1);
  const least = 1 / arrangements([...counts.values()]);
  return { p: shuffled(truth, statistic, random, permutations), least };
}

function shuffled(
  truth: readonly number[],
  statistic: (labels: readonly number[]) => number,
  random: RandomStream,
  permutations: number,
): number {
  const observed = statistic(truth);
  // Sums in another order differ in their last digits.
  const reached = observed - 1e-9 * Math.max(1, Math.abs(observed));
  const labels = [...truth];
  let asGood = 0;
  for (let permutation = 0; permutation < permutations; permutation++) {
    if (statistic(random.shuffle(labels)) >= reached) asGood += 1;
  }
  return (asGood + 1) / (permutations + 1);
}

function sizesOf(truth: readonly number[], classes: number): number[] {
  const sizes = new Array<number>(classes).fill(0);
  for (const code of truth) sizes[code] = (sizes[code] ?? 0) + 1;
  return sizes;
}

/** In how many ways labels can stand: the multinomial coefficient. */
export function arrangements(sizes: readonly number[]): number {
  let [ways, placed] = [1, 0];
  for (const size of sizes) {
    for (let one = 1; one <= size; one++) {
      placed += 1;
      ways = (ways * placed) / one;
    }
  }
  return ways;
}

/** Ranks from 1; equal values share the mean of theirs. */
function midranks(values: readonly number[]): Float64Array<ArrayBuffer> {
  const order = values.map((_, index) => index);
  order.sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    const value = values[order[start] as number];
    while (end < order.length && values[order[end] as number] === value) end += 1;
    for (const index of order.slice(start, end)) ranks[index] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}
