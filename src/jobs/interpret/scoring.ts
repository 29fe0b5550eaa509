/**
 * Maps against a known answer (core/generate/ground-truth.ts): each is scored where it lies in the
 * scan, over the voxels that are not background, that is, above the lowest intensity of the element:
 * to be silent outside the head is no merit.
 */
import type { WritableTree } from '../../core/files/file-tree.ts';
import type { GroundTruth } from '../../core/generate/ground-truth.ts';
import { maskOnGrid } from '../../core/generate/mask-on-grid.ts';
import { groupScores, scoresInWords, scoreTable } from '../../core/interpret/group-scores.ts';
import type { GroupScores, ScoredMap } from '../../core/interpret/group-scores.ts';
import { saliencyOf, scoreSaliency, type Sign } from '../../core/interpret/saliency-score.ts';
import { resultFolder } from '../../core/maps/layout.ts';
import { writeTable } from '../../core/tsv/table.ts';
import type { SessionMap } from '../interpret.ts';
import type { MapPlace } from './files.ts';

export interface ScoreAgainst {
  readonly truth: GroundTruth;
  /** What counts as salient. */
  readonly sign: Sign;
}

export class MapScorer {
  readonly #against: ScoreAgainst;
  readonly #maps: ScoredMap[] = [];

  constructor(against: ScoreAgainst) {
    this.#against = against;
  }

  /** @throws CAPS_MASK where the truth says nothing of the session */
  async add(map: SessionMap): Promise<void> {
    const { truth, sign } = this.#against;
    const { participant, session, part, values, shape, grid, foreground } = map;
    const region = maskOnGrid(await truth.maskOf({ participant, session }), grid);
    const saliency = saliencyOf(values, shape[0] ?? 1, sign);
    const score = scoreSaliency(saliency, region, foreground);
    this.#maps.push({ participant, session, part, score });
  }

  get scores(): GroupScores | undefined {
    return groupScores(this.#maps, 0);
  }

  /** @param mode - of the elements */
  async write(tree: WritableTree, place: MapPlace, mode: string): Promise<void> {
    const { split, metric, group, name } = place;
    const folder = `${resultFolder(split.name, metric, group)}/interpret-${name}`;
    const table = scoreTable(this.#maps, mode);
    await tree.write(`${folder}/${group}_saliency_scores.tsv`, writeTable(table));
  }

  /** What the user is told, and what the record of the maps keeps. */
  get told() {
    const { scores } = this;
    const { truth, sign } = this.#against;
    const words =
      scores === undefined
        ? 'no map could be scored: the region is empty, or all there is'
        : scoresInWords(scores);
    const figures = Object.fromEntries(
      (scores?.figures ?? []).map(({ name, mean, interval, chance }) => [
        name,
        { mean, interval: interval ?? null, chance },
      ]),
    );
    return { words, record: { against: truth.name, sign, maps: scores?.maps ?? 0, ...figures } };
  }
}

/** @returns 1 where an element is above its lowest intensity in any channel; last axis: channels */
export function foregroundOf(element: Float32Array, channels: number): Uint8Array<ArrayBuffer> {
  const lowest = element.reduce((low, value) => Math.min(low, value), Infinity);
  const foreground = new Uint8Array(element.length / channels);
  element.forEach((value, at) => {
    if (value > lowest) foreground[Math.floor(at / channels)] = 1;
  });
  return foreground;
}
