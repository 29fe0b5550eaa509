/**
 * The sessions of one set as the engine sees them: a list of elements (image, patch, slice or
 * region), each cut from its volume (or read from a file of its own), normalised and turned to
 * channels-last when it is asked for, by whatever thread the store has for it.
 * Element `index` is part `index mod partsPerImage` of session `index div partsPerImage`; or, for a
 * network of one part, that part of session `index`.
 */
import type { Extraction } from '../../core/caps/extraction.ts';
import { elementGrid, type ElementGrid } from '../../core/caps/element-grid.ts';
import type { Problem } from '../../core/errors.ts';
import type { ElementSource } from '../../engine/data/batches.ts';
import type { VolumePlace } from './element-reader.ts';
import type { Recipe } from './recipe.ts';
import type { VolumeStore } from './volume-store.ts';

/** A session with its volume and, where it has one, its class. */
export interface VolumeSession extends VolumePlace {
  /** Class code; -1 without a label. */
  readonly code: number;
  readonly cohort?: string | undefined;
  /** Files of its parts, in their order, where there is no volume; `path` is then the first. */
  readonly parts?: readonly string[] | undefined;
}

/** Which file an element is read from, and how. */
export interface ElementPlace {
  readonly path: string;
  readonly recipe: Recipe;
  /** Within that file. */
  readonly part: number;
}

export interface ElementOptions {
  readonly store: VolumeStore;
  readonly mode: Extraction['mode'];
  /** Of every element, channels first. */
  readonly size: readonly number[];
  readonly partsPerImage: number;
  /** Number of the first part in tables and file names: slices count from the start of the volume. */
  readonly firstPart?: number;
  readonly sessions: readonly VolumeSession[];
  /** The part that every element is, where each part has a network of its own. */
  readonly onlyPart?: number | undefined;
  readonly placeOf: (session: VolumeSession, part: number) => ElementPlace;
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
    const [channels = 1, ...spatial] = options.size;
    this.#options = options;
    this.partsPerImage = options.partsPerImage;
    this.count = options.sessions.length * this.#perSession;
    this.shape = [...spatial, channels];
  }

  get mode(): Extraction['mode'] {
    return this.#options.mode;
  }

  /** How many people and visits there are, as description.log counts them. */
  get headCount(): { participants: number; sessions: number } {
    const { sessions } = this.#options;
    const participants = new Set(
      sessions.map(({ cohort = '', participant }) => `${cohort} ${participant}`),
    );
    return { participants: participants.size, sessions: sessions.length };
  }

  session(index: number): VolumeSession {
    const row = Math.floor(index / this.#perSession);
    const session = this.#options.sessions[row];
    if (session === undefined) throw new RangeError(`element ${index} of ${this.count}`);
    return session;
  }

  /** Which part of its image an element is. */
  part(index: number): number {
    return this.#options.onlyPart ?? index % this.partsPerImage;
  }

  /** How tables and file names number the part. */
  partNumber(index: number): number {
    return (this.#options.firstPart ?? 0) + this.part(index);
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
    const { place, recipe, part } = this.#place(index);
    const geometry = await this.#options.store.geometry(place);
    return elementGrid(geometry, recipe.extraction, part, recipe.masks);
  }

  async load(index: number, stopped?: AbortSignal): Promise<Float32Array<ArrayBuffer>> {
    const { store, onProblem } = this.#options;
    const { place, recipe, part } = this.#place(index);
    const { data, problems } = await store.load(recipe, place, part, stopped);
    for (const problem of problems) {
      const key = `${problem.code} ${problem.file ?? ''}`;
      if (this.#reported.has(key)) continue;
      this.#reported.add(key);
      onProblem?.(problem);
    }
    return data;
  }

  /** Elements of a session. */
  get #perSession(): number {
    return this.#options.onlyPart === undefined ? this.partsPerImage : 1;
  }

  #place(index: number) {
    const of = this.session(index);
    const { path, recipe, part } = this.#options.placeOf(of, this.part(index));
    return { place: { participant: of.participant, session: of.session, path }, recipe, part };
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
