/**
 * Small gzipped volumes in a folder, and what their elements have to be: computed here in the order
 * in which it was always done (cut, holes, normalise, channels last), volume by volume, in one thread.
 */
import { extractElement } from '../../../core/caps/extract.ts';
import type { ModeOptions } from '../../../core/caps/extraction.ts';
import { normalise, withoutHoles } from '../../../core/caps/normalise.ts';
import { regionMask, type RegionMask } from '../../../core/caps/regions.ts';
import type { WritableTree } from '../../../core/files/file-tree.ts';
import { needFile } from '../../../core/files/read.ts';
import { gzipBytes } from '../../../core/nifti/gunzip.ts';
import { readVolume } from '../../../core/nifti/read.ts';
import { niftiBytes } from '../../../core/nifti/write.ts';
import { stream } from '../../../core/random/philox.ts';
import type { Shape3 } from '../../../core/volume.ts';
import type { VolumePlace } from '../element-reader.ts';
import { makeRecipe, partsOf, type Recipe } from '../recipe.ts';

export const SHAPE: Shape3 = [11, 9, 10];
const AFFINE = [2, 0, 0, -11, 0, 2, 0, -9, 0, 0, 2, -10, 0, 0, 0, 1];
const VOXELS = SHAPE[0] * SHAPE[1] * SHAPE[2];

export const placeOf = (number: number): VolumePlace => ({
  participant: `sub-${number}`,
  session: 'ses-M000',
  path: `subjects/sub-${number}/ses-M000/sub-${number}_T1w.nii.gz`,
});

/** @param fill - intensity of a voxel; noise with some holes when absent */
export async function writeVolume(
  tree: WritableTree,
  number: number,
  fill?: (voxel: number) => number,
  seed = number,
): Promise<void> {
  const random = stream(5, 'volumes', seed);
  const noise = (voxel: number) => (voxel % 97 === 13 ? NaN : 900 * random.uniform() - 100);
  const data = Float32Array.from({ length: VOXELS }, (_, voxel) => (fill ?? noise)(voxel));
  const bytes = niftiBytes({ data, shape: SHAPE, affine: AFFINE });
  await tree.write(placeOf(number).path, await gzipBytes(bytes));
}

function mask(inside: (x: number) => boolean): RegionMask {
  const area = SHAPE[1] * SHAPE[2];
  const data = Float32Array.from({ length: VOXELS }, (_, at) =>
    inside(Math.floor(at / area)) ? 1 : 0,
  );
  return regionMask({ data, shape: SHAPE, affine: AFFINE }, 'mask');
}

const MODES: Record<string, ModeOptions> = {
  image: { mode: 'image' },
  'patches side by side': { mode: 'patch', patchSize: 4, strideSize: 4 },
  'patches that overlap': { mode: 'patch', patchSize: 4, strideSize: 3 },
  'grey slices': { mode: 'slice', direction: 1, channels: 'single', discarded: [1, 2] },
  'RGB slices': { mode: 'slice', direction: 2, channels: 'rgb', discarded: [1] },
  'regions, cropped': {
    ...{ mode: 'roi', regions: ['left', 'right'], uncropped: false },
    ...{ customTemplate: '', customMaskPattern: '' },
  },
  'regions, uncropped': {
    ...{ mode: 'roi', regions: ['left', 'right'], uncropped: true },
    ...{ customTemplate: '', customMaskPattern: '' },
  },
};

/** Every way to cut, with and without normalisation. */
export function recipes(): { name: string; recipe: Recipe }[] {
  const masks = [mask((x) => x < 4), mask((x) => x >= 7)];
  return Object.entries(MODES).flatMap(([name, extraction]) =>
    [true, false].map((normalize) => ({
      name: `${name}${normalize ? '' : ', as stored'}`,
      recipe: makeRecipe({
        ...{ extraction, normalize, volumeShape: SHAPE },
        masks: extraction.mode === 'roi' ? masks : [],
      }),
    })),
  );
}

/** @returns the bits of every element of a volume. */
export async function expectedBits(
  tree: WritableTree,
  number: number,
  recipe: Recipe,
): Promise<number[][]> {
  const { volume } = await readVolume(await needFile(tree, placeOf(number).path));
  return Array.from({ length: partsOf(recipe) }, (_, part) => {
    const { data, shape } = extractElement(volume, recipe.extraction, part, recipe.masks);
    const whole = withoutHoles(data);
    const numbers = recipe.normalize ? normalise(whole).data : whole;
    const [channels = 1] = shape;
    const voxels = numbers.length / channels;
    const turned = Float32Array.from(
      { length: numbers.length },
      (_value, at) => numbers[(at % channels) * voxels + Math.floor(at / channels)] ?? NaN,
    );
    return bitsOf(turned);
  });
}

export const bitsOf = (numbers: Float32Array): number[] =>
  Array.from(new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length));
