/**
 * How an element comes out of its volume: cut, freed of holes, normalised, reduced in size where an
 * experiment asks for it, turned to channels-last.
 * A recipe is plain data, so that a loading thread does exactly what this one would do, and it has
 * a digest, so that stored numbers are never taken for those of another recipe.
 */
import { hex, sha256 } from '../../core/files/sha256.ts';
import { elementCount, extractElement } from '../../core/caps/extract.ts';
import { discardedSlices, type ModeOptions } from '../../core/caps/extraction.ts';
import { normalise, withoutHoles } from '../../core/caps/normalise.ts';
import type { RegionMask } from '../../core/caps/regions.ts';
import { reduced } from '../../core/caps/size-reduction.ts';
import type { Problem, Where } from '../../core/errors.ts';
import type { Shape3, Volume } from '../../core/volume.ts';

/** Changes with anything in reading, cutting or normalising that changes a number. */
const NUMBERS_VERSION = 1;

export interface Recipe {
  readonly extraction: ModeOptions;
  /** Of the regions, in mode `roi`. */
  readonly masks: readonly RegionMask[];
  /** Shape of every volume. */
  readonly volumeShape: Shape3;
  readonly normalize: boolean;
}

export interface CutElement {
  /** `[...spatial, channels]`, an array of its own. */
  readonly data: Float32Array<ArrayBuffer>;
  /** VOLUME_CONSTANT: the element has no range, and `data` is zeros. */
  readonly problem?: Problem | undefined;
  /** The one intensity of such an element. */
  readonly constant?: number | undefined;
}

/** @returns the same recipe as data that can be posted: no more of the extraction than is needed. */
export function makeRecipe(parts: Recipe): Recipe {
  const { masks, volumeShape, normalize } = parts;
  return { extraction: modeOf(parts.extraction), masks, volumeShape, normalize };
}

function modeOf(extraction: ModeOptions): ModeOptions {
  switch (extraction.mode) {
    case 'image': {
      const { mode, reduction } = extraction;
      return { mode, ...(reduction === undefined ? {} : { reduction }) };
    }
    case 'patch': {
      const { mode, patchSize, strideSize } = extraction;
      return { mode, patchSize, strideSize };
    }
    case 'slice': {
      const { mode, direction, channels, discarded } = extraction;
      return { mode, direction, channels, discarded };
    }
    case 'roi': {
      const { mode, regions, uncropped, customTemplate, customMaskPattern } = extraction;
      return { mode, regions, uncropped, customTemplate, customMaskPattern };
    }
  }
}

/** @returns how many elements a volume gives. */
export const partsOf = ({ volumeShape, extraction }: Recipe): number =>
  elementCount(volumeShape, extraction);

/** @returns how many channels of an element are copies of one another: RGB slices are grey. */
export const copiesOf = ({ extraction }: Recipe): number =>
  extraction.mode === 'slice' && extraction.channels === 'rgb' ? 3 : 1;

/** @returns whether two recipes give the same numbers. */
export function isSame(one: Recipe, other: Recipe): boolean {
  if (one === other) return true;
  const said = ({ extraction, volumeShape, normalize }: Recipe) =>
    JSON.stringify([cutting(extraction), volumeShape, normalize]);
  return (
    said(one) === said(other) &&
    one.masks.length === other.masks.length &&
    one.masks.every(({ voxels }, region) => {
      const others = other.masks[region]?.voxels;
      return voxels.length === others?.length && voxels.every((value, at) => value === others[at]);
    })
  );
}

/** @param where - participant, session and file, for the problem */
export function cutElement(volume: Volume, recipe: Recipe, part: number, where: Where): CutElement {
  const { extraction, masks, normalize } = recipe;
  const { data, shape } = extractElement(volume, extraction, part, masks);
  const [channels = 1, ...spatial] = shape;
  const less = (values: Float32Array<ArrayBuffer>) =>
    extraction.mode === 'image' && extraction.reduction !== undefined
      ? reduced(values, spatial, extraction.reduction)
      : values;
  if (!normalize) {
    const whole = channelsLast(less(withoutHoles(data)), channels);
    return { data: whole.buffer === volume.data.buffer ? whole.slice() : whole };
  }
  const normalised = normalise(data, where);
  const { problem } = normalised;
  return {
    data: channelsLast(less(normalised.data), channels),
    ...(problem === undefined ? {} : { problem, constant: withoutHoles(data)[0] ?? 0 }),
  };
}

/** @returns what `cutElement` gives for an element of one intensity. */
export function constantElement(constant: number, length: number, where: Where): CutElement {
  const { data, problem } = normalise(new Float32Array(length).fill(constant), where);
  return { data, problem, constant };
}

/** Everything beside the file that decides the numbers of its elements. @returns 32 bytes */
export async function digestOf(recipe: Recipe): Promise<Uint8Array<ArrayBuffer>> {
  const masks = await Promise.all(
    recipe.masks.map(async ({ shape, voxels }) => [shape, hex(await sha256(voxels.slice()))]),
  );
  const { volumeShape, normalize } = recipe;
  const said = [NUMBERS_VERSION, volumeShape, normalize, cutting(recipe.extraction), masks];
  return sha256(new TextEncoder().encode(JSON.stringify(said)));
}

/** Names of regions and templates choose masks, and masks are digested themselves. */
function cutting(extraction: ModeOptions): readonly unknown[] {
  switch (extraction.mode) {
    case 'image':
      return extraction.reduction === undefined ? ['image'] : ['image', extraction.reduction];
    case 'patch':
      return ['patch', extraction.patchSize, extraction.strideSize];
    case 'slice': {
      const { direction, channels, discarded } = extraction;
      return ['slice', direction, channels, ...discardedSlices(discarded)];
    }
    case 'roi':
      return ['roi', extraction.uncropped];
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
