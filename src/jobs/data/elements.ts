/**
 * The sessions of one set as the engine sees them: a list of elements (image, patch, slice or
 * region), each cut from its volume, normalised and turned to channels-last when it is asked for, by
 * whatever thread the store has for it.
 * Element `index` is part `index mod partsPerImage` of session `index div partsPerImage`.
 */
import type { Extraction } from '../../core/caps/extraction.ts';
import { elementGrid, type ElementGrid } from '../../core/caps/element-grid.ts';
import { elementShape } from '../../core/caps/extract.ts';
import type { Problem } from '../../core/errors.ts';
import type { ElementSource } from '../../engine/data/batches.ts';
import type { VolumePlace } from './element-reader.ts';
import { partsOf, type Recipe } from './recipe.ts';
import type { VolumeStore } from './volume-store.ts';

/** A session with its volume and, where it has one, its class. */
export interface VolumeSession extends VolumePlace {
  /** Class code; -1 without a label. */
  readonly code: number;
}

export interface ElementOptions {
  readonly store: VolumeStore;
  readonly recipe: Recipe;
  readonly sessions: readonly VolumeSession[];
  /** Told once a session when something about its voxels is odd, and of what happens to loading. */
  readonly onProblem?: (problem: Problem) => void;
}

export class CapsElements implements ElementSource {
  readonly count: number;
  readonly shape: readonly number[];
  readonly partsPerImage: number;
  readonly #options: ElementOptions;
  readonly #reported = new Set<string>();

  constructor(options: ElementOptions) {
    const { sessions, recipe } = options;
    const { extraction, masks, volumeShape } = recipe;
    const [channels = 1, ...spatial] = elementShape(volumeShape, extraction, masks);
    this.#options = options;
    this.partsPerImage = partsOf(recipe);
    this.count = sessions.length * this.partsPerImage;
    this.shape = [...spatial, channels];
  }

  get mode(): Extraction['mode'] {
    return this.#options.recipe.extraction.mode;
  }

  /** How many people and visits there are, as description.log counts them. */
  get headCount(): { participants: number; sessions: number } {
    const { sessions } = this.#options;
    const participants = new Set(sessions.map(({ participant }) => participant));
    return { participants: participants.size, sessions: sessions.length };
  }

  session(index: number): VolumeSession {
    const row = Math.floor(index / this.partsPerImage);
    const session = this.#options.sessions[row];
    if (session === undefined) throw new RangeError(`element ${index} of ${this.count}`);
    return session;
  }

  /** Which part of its image an element is. */
  part(index: number): number {
    return index % this.partsPerImage;
  }

  label(index: number): number {
    return this.session(index).code;
  }

  name(index: number): string {
    const { participant, session } = this.session(index);
    return `${participant}/${session}`;
  }

  /** Where an element lies in space. */
  async grid(index: number): Promise<ElementGrid> {
    const { store, recipe } = this.#options;
    const geometry = await store.geometry(this.session(index));
    return elementGrid(geometry, recipe.extraction, this.part(index), recipe.masks);
  }

  async load(index: number, stopped?: AbortSignal): Promise<Float32Array<ArrayBuffer>> {
    const { store, recipe, onProblem } = this.#options;
    const { participant, session, path } = this.session(index);
    const place = { participant, session, path };
    const { data, problems } = await store.load(recipe, place, this.part(index), stopped);
    for (const problem of problems) {
      const key = `${problem.code} ${problem.file ?? ''}`;
      if (this.#reported.has(key)) continue;
      this.#reported.add(key);
      onProblem?.(problem);
    }
    return data;
  }
}

/** (...spatial, C) to (C, ...spatial): how maps are written. */
export function channelsFirst(data: Float32Array, channels: number): Float32Array<ArrayBuffer> {
  const voxels = data.length / channels;
  const turned = new Float32Array(data.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let voxel = 0; voxel < voxels; voxel++) {
      turned[channel * voxels + voxel] = data[voxel * channels + channel] ?? 0;
    }
  }
  return turned;
}
