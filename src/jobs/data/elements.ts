/**
 * The sessions of one set as the engine sees them: a list of elements (image, patch, slice or
 * region), each cut from its volume, normalised and turned to channels-last when it is asked for.
 * Element `index` is part `index mod partsPerImage` of session `index div partsPerImage`.
 */
import type { Extraction } from '../../core/caps/extraction.ts';
import { elementGrid, type ElementGrid } from '../../core/caps/element-grid.ts';
import { elementCount, elementShape, extractElement } from '../../core/caps/extract.ts';
import { normalise, withoutHoles } from '../../core/caps/normalise.ts';
import type { RegionMask } from '../../core/caps/regions.ts';
import type { Problem } from '../../core/errors.ts';
import type { Shape3 } from '../../core/volume.ts';
import type { ElementSource } from '../../engine/data/batches.ts';
import type { VolumePlace } from './check-volumes.ts';
import type { VolumeStore } from './volume-store.ts';

/** A session with its volume and, where it has one, its class. */
export interface VolumeSession extends VolumePlace {
  /** Class code; -1 without a label. */
  readonly code: number;
}

export interface ElementOptions {
  readonly store: VolumeStore;
  readonly extraction: Extraction;
  readonly masks: readonly RegionMask[];
  /** Shape of every volume. */
  readonly volumeShape: Shape3;
  readonly normalize: boolean;
  readonly sessions: readonly VolumeSession[];
  /** Told once a session when something about its voxels is odd. */
  readonly onProblem?: (problem: Problem) => void;
}

export class CapsElements implements ElementSource {
  readonly count: number;
  readonly shape: readonly number[];
  readonly partsPerImage: number;
  readonly #options: ElementOptions;
  readonly #reported = new Set<string>();

  constructor(options: ElementOptions) {
    const { extraction, masks, sessions, volumeShape } = options;
    const [channels = 1, ...spatial] = elementShape(volumeShape, extraction, masks);
    this.#options = options;
    this.partsPerImage = elementCount(volumeShape, extraction);
    this.count = sessions.length * this.partsPerImage;
    this.shape = [...spatial, channels];
  }

  get mode(): Extraction['mode'] {
    return this.#options.extraction.mode;
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
    const { store, extraction, masks } = this.#options;
    const { participant, session, path } = this.session(index);
    const volume = await store.read(path, { participant, session });
    return elementGrid(volume, extraction, this.part(index), masks);
  }

  async load(index: number): Promise<Float32Array<ArrayBuffer>> {
    const { store, extraction, masks, normalize, onProblem } = this.#options;
    const { participant, session, path } = this.session(index);
    const volume = await store.read(path, { participant, session });
    const element = extractElement(volume, extraction, this.part(index), masks);
    let data = withoutHoles(element.data);
    if (normalize) {
      const normalised = normalise(data, { participant, session, file: path });
      data = normalised.data;
      if (normalised.problem !== undefined && !this.#reported.has(path)) {
        this.#reported.add(path);
        onProblem?.(normalised.problem);
      }
    }
    return channelsLast(data, element.shape[0] ?? 1);
  }
}

/** (C, ...spatial) to (...spatial, C). */
function channelsLast(
  data: Float32Array<ArrayBuffer>,
  channels: number,
): Float32Array<ArrayBuffer> {
  if (channels === 1) return data;
  const voxels = data.length / channels;
  const turned = new Float32Array(data.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let voxel = 0; voxel < voxels; voxel++) {
      turned[voxel * channels + channel] = data[channel * voxels + voxel] ?? 0;
    }
  }
  return turned;
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
