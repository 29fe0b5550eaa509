/**
 * The order in which an epoch sees the training set. `random` is ClinicaDL's: PyTorch's `randperm`
 * seeded with the epoch, whatever the seed of the experiment. `weighted` draws as many elements with
 * replacement, so that every class is drawn equally often in the mean; for labels that are numbers
 * the classes are five bins of equal width from the smallest to the largest (what 1.6.1 means to do;
 * it divides by zero there).
 *
 * An order follows from seed and epoch alone: a training that goes on needs no state of it.
 */
import { stream } from '../../core/random/philox.ts';
import { randperm } from '../../core/random/mt19937.ts';

const BINS = 5;

export interface SamplerOptions {
  readonly sampler: string;
  readonly seed: number;
  /** Number of elements. */
  readonly count: number;
  /** Of each element: class code, or the number that a regression predicts. */
  readonly label: (index: number) => number;
  /** Whether labels are numbers of a regression. */
  readonly isContinuous: boolean;
}

/** Element indices of an epoch. */
export type Sampler = (epoch: number) => ArrayLike<number>;

export function samplerOf(options: SamplerOptions): Sampler {
  const { sampler, seed, count, label } = options;
  if (sampler !== 'weighted') return (epoch) => randperm(count, epoch);
  const labels = Array.from({ length: count }, (_, index) => label(index));
  const weights = balancingWeights(options.isContinuous ? binsOf(labels) : labels);
  const ends = cumulated(weights);
  return (epoch) => {
    const random = stream(seed, 'sampler', epoch);
    return Array.from({ length: count }, () => firstBeyond(ends, random.uniform(0, ends.at(-1))));
  };
}

/** @returns for each element one over the number of those of its class */
export function balancingWeights(classes: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const name of classes) counts.set(name, (counts.get(name) ?? 0) + 1);
  return classes.map((name) => 1 / (counts.get(name) ?? 1));
}

/** @returns the bin of each label, from 0; the largest label is in the last bin, as in a histogram. */
export function binsOf(labels: readonly number[]): number[] {
  const [least, most] = [Math.min(...labels), Math.max(...labels)];
  const width = (most - least) / BINS;
  if (width === 0) return labels.map(() => 0);
  return labels.map((label) => Math.min(BINS - 1, Math.floor((label - least) / width)));
}

function cumulated(weights: readonly number[]): number[] {
  let sum = 0;
  return weights.map((weight) => (sum += weight));
}

/** @returns the first position whose sum is above `value`, by halving. */
function firstBeyond(ends: readonly number[], value: number): number {
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ends[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
