/**
 * How well a saliency map finds a region that is known to hold the answer:
 *
 * - pointing game (Zhang et al., ECCV 2016, LNCS 9908:543-559): whether the most salient voxel lies in
 *   the region; where several are equally salient, the share of them that does;
 * - AUC: the probability that a voxel of the region is more salient than one outside, ties counting
 *   half (Hanley and McNeil, Radiology 1982, 143:29-36); 0.5 by chance;
 * - Dice (Ecology 1945, 26:297-302) of the region and of as many voxels, the most salient ones; of
 *   voxels that are as salient as the last of them, the share that there is room for.
 *
 * By chance the pointing game and Dice are the region's share of the voxels.
 */

export const SIGNS = ['absolute', 'positive', 'negative'] as const;

/** What counts as salient: strong whatever its direction, for the score, or against it. */
export type Sign = (typeof SIGNS)[number];

export interface SaliencyScore {
  /** 0 to 1. */
  readonly pointingGame: number;
  readonly auc: number;
  readonly dice: number;
  /** The region's share of the voxels. */
  readonly chance: number;
  readonly voxels: number;
  /** Of the region. */
  readonly regionVoxels: number;
}

/**
 * @param map - channels first, [channels, ...voxels]
 * @returns one value a voxel, of the channel in which it is most salient
 */
export function saliencyOf(
  map: Float32Array,
  channels: number,
  sign: Sign,
): Float32Array<ArrayBuffer> {
  const voxels = map.length / channels;
  const of = { absolute: Math.abs, positive: (v: number) => v, negative: (v: number) => 0 - v }[
    sign
  ];
  const saliency = new Float32Array(voxels).fill(-Infinity);
  for (let at = 0; at < map.length; at++) {
    const voxel = at % voxels;
    saliency[voxel] = Math.max(saliency[voxel] as number, of(map[at] as number));
  }
  return saliency;
}

/**
 * @param region - 1 inside, one value a voxel of `saliency`
 * @param within - 1 for voxels that count; all do when absent
 * @returns undefined where the region is empty or all there is: then nothing can be missed or found
 */
export function scoreSaliency(
  saliency: Float32Array,
  region: Uint8Array,
  within?: Uint8Array,
): SaliencyScore | undefined {
  const counts = (at: number) => within === undefined || within[at] === 1;
  const inside = saliency.filter((_, at) => counts(at) && region[at] === 1).sort();
  const outside = saliency.filter((_, at) => counts(at) && region[at] !== 1).sort();
  if (inside.length === 0 || outside.length === 0) return undefined;
  const voxels = inside.length + outside.length;
  const highest = Math.max(inside.at(-1) ?? -Infinity, outside.at(-1) ?? -Infinity);
  const [insideTop, outsideTop] = [countFrom(inside, highest), countFrom(outside, highest)];
  return {
    pointingGame: insideTop / (insideTop + outsideTop),
    auc: areaOf(inside, outside),
    dice: overlapOf(inside, outside),
    chance: inside.length / voxels,
    ...{ voxels, regionVoxels: inside.length },
  };
}

/** Both ascending. */
function areaOf(inside: Float32Array, outside: Float32Array): number {
  let wins = 0;
  let below = 0;
  let upTo = 0;
  for (const value of inside) {
    while (below < outside.length && (outside[below] as number) < value) below += 1;
    upTo = Math.max(upTo, below);
    while (upTo < outside.length && (outside[upTo] as number) === value) upTo += 1;
    wins += (below + upTo) / 2;
  }
  return wins / (inside.length * outside.length);
}

/** With as many voxels on both sides, Dice is the share that they have in common. */
function overlapOf(inside: Float32Array, outside: Float32Array): number {
  const room = inside.length;
  // The value of the last of the most salient voxels, as many as the region has.
  let i = inside.length - 1;
  let o = outside.length - 1;
  let last = Infinity;
  for (let taken = 0; taken < room; taken++) {
    const [a, b] = [inside[i] ?? -Infinity, outside[o] ?? -Infinity];
    last = Math.max(a, b);
    if (a >= b) i -= 1;
    else o -= 1;
  }
  const insideFrom = countFrom(inside, last);
  const tied = (values: Float32Array) => countFrom(values, last) - countAbove(values, last);
  const above = countAbove(inside, last);
  const free = room - above - countAbove(outside, last);
  const share = free / (tied(inside) + tied(outside));
  return (above + share * (insideFrom - above)) / room;
}

/** @param values - ascending */
function countFrom(values: Float32Array, least: number): number {
  return values.length - firstWhere(values, (value) => value >= least);
}

function countAbove(values: Float32Array, least: number): number {
  return values.length - firstWhere(values, (value) => value > least);
}

/** @returns the first place for which `holds`, which holds for all after it too */
function firstWhere(values: Float32Array, holds: (value: number) => boolean): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(values[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}
