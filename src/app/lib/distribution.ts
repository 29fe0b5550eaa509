/** How often each value of a column occurs: bars by value, or a histogram where the values are numbers. */
import { isMissing } from '../../core/tsv/table.ts';

export interface ValueBar {
  readonly value: string;
  readonly count: number;
  /** Of all values that are known, 0 to 1. */
  readonly share: number;
}

export interface Bin {
  /** Inclusive. */
  readonly from: number;
  /** Exclusive, but for the last bin. */
  readonly to: number;
  readonly count: number;
}

export interface Histogram {
  readonly bins: readonly Bin[];
  readonly known: number;
  readonly missing: number;
  readonly mean: number;
  /** Of the sample, divided by n - 1; NaN for fewer than two values. */
  readonly sd: number;
  readonly low: number;
  readonly high: number;
}

/** @returns values in descending number, then by name; missing cells are left out. */
export function valueBars(cells: readonly string[]): ValueBar[] {
  const counts = new Map<string, number>();
  for (const cell of cells) {
    const value = cell.trim();
    if (!isMissing(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const known = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...counts]
    .map(([value, count]) => ({ value, count, share: count / known }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

/** @returns numbers of the cells; what is missing or no number is left out. */
export function numbersOf(cells: readonly string[]): number[] {
  return cells.flatMap((cell) => {
    const value = isMissing(cell) ? NaN : Number(cell);
    return Number.isFinite(value) ? [value] : [];
  });
}

export interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly sd: number;
}

/** Mean and sample standard deviation, in two passes. */
export function moments(values: readonly number[]): Moments {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { count, mean, sd: count < 2 ? NaN : Math.sqrt(squares / (count - 1)) };
}

/**
 * @param wanted - about how many bins; their edges are round numbers (1, 2 or 5 times a power of ten)
 * @returns no bin when no cell holds a number
 */
export function histogram(cells: readonly string[], wanted = 10): Histogram {
  const values = numbersOf(cells);
  const missing = cells.length - values.length;
  const { mean, sd } = moments(values);
  if (values.length === 0) {
    return { bins: [], known: 0, missing, mean: NaN, sd: NaN, low: NaN, high: NaN };
  }
  // A spread of a hundred thousand values is too many arguments.
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const step = low === high ? 1 : roundStep((high - low) / wanted);
  const first = Math.floor(low / step);
  const last = Math.max(first, Math.ceil(high / step) - 1);
  const counts = new Array<number>(last - first + 1).fill(0);
  for (const value of values) {
    const bin = Math.min(last, Math.max(first, Math.floor(value / step))) - first;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const bins = counts.map((count, index) => ({
    ...{ from: edge(first + index, step), to: edge(first + index + 1, step), count },
  }));
  return { bins, known: values.length, missing, mean, sd, low, high };
}

function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= step * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** A multiple of the step without the noise of floating point. */
const edge = (index: number, step: number): number => Number((index * step).toPrecision(12));
