/**
 * Whether maps depend on what a network learned: some of them are made again with randomised weights
 * (Adebayo et al. 2018), and compared by Spearman's rank correlation of their absolute values within
 * the volume. Voxels of the background are left out: there most maps are near zero whatever the
 * network, and would agree for that alone.
 */
import type { NetworkPlan } from '../../engine/networks/network.ts';
import type { ElementMap } from '../../engine/interpret/subject.ts';
import { layersToForget } from '../../engine/interpret/randomise.ts';
import { spearman } from '../../core/statistics/spearman.ts';
import type { Learning } from './chance.ts';

/** All layers at once, or one more at a time from the output to the input. */
export type Randomisation = 'full' | 'cascade';

/** What interpretation.json says of the check. */
export interface SanityResult {
  readonly randomisation: Randomisation;
  readonly seed: number;
  /** How many maps were made again. */
  readonly maps: number;
  /** Mean correlation over the maps, by the first layer whose weights were randomised. */
  readonly layers: readonly { readonly from: string; readonly correlation: number }[];
  /** With all weights randomised. */
  readonly correlation: number;
  readonly verdict: string;
}

/** Maps that are made again, at most. */
const MAPS = 8;
/** Voxels of a map that are ranked, at most. */
const VOXELS = 100_000;

/** Evenly over the elements. */
export function checkedElements(count: number): number[] {
  const maps = Math.min(MAPS, count);
  return Array.from({ length: maps }, (_, index) => Math.floor((index * count) / maps));
}

/** First layers to randomise, in the order of the check; the last randomises the whole network. */
export function stagesOf(plan: NetworkPlan, randomisation: Randomisation): string[] {
  const layers = layersToForget(plan);
  return randomisation === 'cascade' ? layers : layers.slice(-1);
}

/** Ranks of one map, to compare others with. */
export class MapRanks {
  readonly #voxels: Uint32Array;
  readonly #values: Float64Array;

  /** @param element - `[voxels, channels]`, zero in the background */
  constructor(element: Float32Array, channels: number, map: ElementMap) {
    this.#voxels = voxelsOf(element, channels);
    this.#values = magnitudes(map, this.#voxels);
  }

  /** A map without any order, such as one of zeros, counts as one that does not agree: 0. */
  correlation(other: ElementMap): number {
    const found = spearman(this.#values, magnitudes(other, this.#voxels));
    return Number.isNaN(found) ? 0 : found;
  }
}

/** Those in the head, at even distances; all where there is no background. */
function voxelsOf(element: Float32Array, channels: number): Uint32Array {
  const count = element.length / channels;
  const isInside = (voxel: number) => {
    for (let channel = 0; channel < channels; channel++) {
      if (element[voxel * channels + channel] !== 0) return true;
    }
    return false;
  };
  const inside = Uint32Array.from({ length: count }, (_, voxel) => voxel).filter(isInside);
  const distance = Math.ceil(inside.length / VOXELS);
  return distance > 1 ? inside.filter((_, place) => place % distance === 0) : inside;
}

/** Absolute values, summed over the channels of a voxel. */
function magnitudes({ values, channels }: ElementMap, voxels: Uint32Array): Float64Array {
  return Float64Array.from(voxels, (voxel) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      sum += Math.abs(values[voxel * channels + channel] ?? NaN);
    }
    return sum;
  });
}

/** Conventions, as for any correlation: below the first weak, from the second strong. */
const [WEAK, STRONG] = [0.4, 0.7];

/**
 * That a map changes with the weights says something only of weights that learned something.
 * @param correlation - with all weights randomised
 */
export function verdictOf(correlation: number, learning: Learning['state']): string {
  const value = correlation.toFixed(2).replace(/^-0\.00$/, '0.00');
  if (learning !== 'learned') {
    const why =
      learning === 'chance'
        ? 'on its validation set the network cannot be told from guessing'
        : 'the MAPS does not say whether the network learned anything';
    return `The check proves nothing here: ${why} (correlation ${value})`;
  }
  const size = Math.abs(correlation);
  if (size < WEAK) return `The map depends on what was learned: correlation ${value}`;
  if (size < STRONG) {
    return `The map depends in part on what was learned: correlation ${value}, read it with care`;
  }
  return `The map hardly depends on what was learned: ${value}, do not read it as evidence`;
}
