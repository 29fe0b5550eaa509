/**
 * `split --multi-diagnoses`: of many random sets the one that is most like the rest in every column,
 * by the smallest p-value of the Kolmogorov-Smirnov tests of the columns. ClinicaDL 1.6.1 draws rows
 * and tests the participants' ids too; here participants are drawn, and only what describes them is
 * compared.
 */
import { stream } from '../random/philox.ts';
import { smirnovDistanceOfCounts, smirnovP } from '../statistics/kolmogorov-smirnov.ts';
import { numberIn } from '../tsv/pandas-cells.ts';
import { isMissing } from '../tsv/table.ts';
import { drawSome } from './strata.ts';

/** Sets that are compared, and the share of the participants in each: those of 1.6.1. */
export const ALIKE_DRAWS = 5000;
export const ALIKE_SHARE = 0.25;

export interface AlikeSet {
  /** Positions of the participants drawn. */
  readonly positions: ReadonlySet<number>;
  /** The smallest p-value over the columns, and the column that has it. */
  readonly p: number;
  readonly column: string;
}

export interface DescribedColumn {
  readonly name: string;
  /** One cell a participant. */
  readonly cells: readonly string[];
}

/** @returns the best of `draws` sets of `size` participants; the first of equal ones. */
export function drawAlike(
  columns: readonly DescribedColumn[],
  choice: { size: number; count: number; seed: number; name: string; draws?: number },
): AlikeSet {
  const { size, count, seed, name, draws = ALIKE_DRAWS } = choice;
  const ranked = columns.map((column) => ({ name: column.name, ranks: ranksOf(column.cells) }));
  const pOf = rememberedP();
  const everyone = Array.from({ length: count }, (_, position) => position);
  let best: AlikeSet | undefined;
  for (let draw = 0; draw < draws; draw++) {
    const positions = drawSome(everyone, size, stream(seed, `alike ${name}`, draw));
    let worst = { p: 1, column: ranked[0]?.name ?? '' };
    for (const column of ranked) {
      const p = pOf(column.ranks, positions);
      if (p < worst.p) worst = { p, column: column.name };
    }
    if (best === undefined || worst.p > best.p) best = { positions: new Set(positions), ...worst };
  }
  return best ?? { positions: new Set(), p: 0, column: '' };
}

/** The rank of each cell's value, and how often each value occurs in all. */
interface Ranks {
  /** -1 for a missing cell. */
  readonly ofCell: readonly number[];
  readonly counts: Uint32Array;
}

/** Numbers in their order, texts in that of the alphabet. */
function ranksOf(cells: readonly string[]): Ranks {
  const present = cells.filter((cell) => !isMissing(cell));
  const isNumeric = present.every((cell) => numberIn(cell) !== undefined);
  const valueOf = (cell: string) => (isNumeric ? (numberIn(cell) ?? 0) : cell);
  const values = [...new Set(present.map(valueOf))].sort((a, b) => (a < b ? -1 : 1));
  const rank = new Map(values.map((value, index) => [value, index]));
  const ofCell = cells.map((cell) => (isMissing(cell) ? -1 : (rank.get(valueOf(cell)) ?? -1)));
  return { ofCell, counts: countRanks(ofCell, values.length) };
}

function countRanks(ranks: readonly number[], length: number): Uint32Array {
  const counts = new Uint32Array(length);
  for (const rank of ranks) if (rank >= 0) counts[rank] = (counts[rank] as number) + 1;
  return counts;
}

/** The p-value takes sizes and distance alone: the same few come up again and again. */
function rememberedP(): (ranks: Ranks, positions: readonly number[]) => number {
  const known = new Map<string, number>();
  return ({ ofCell, counts }, positions) => {
    const ranks = positions.map((position) => ofCell[position] ?? -1);
    const set = countRanks(ranks, counts.length);
    const rest = counts.map((count, rank) => count - (set[rank] as number));
    const [m, n] = [set, rest].map((part) => part.reduce((sum, count) => sum + count, 0));
    const distance = smirnovDistanceOfCounts(set, rest);
    const key = `${m} ${n} ${distance}`;
    const p = known.get(key) ?? smirnovP(distance, m ?? 0, n ?? 0);
    known.set(key, p);
    return p;
  };
}
