import { expect, test } from 'vitest';
import { MemoryTree } from '../files/memory-tree.ts';
import type { Shape3, Volume } from '../volume.ts';
import { makeExtraction, type Extraction } from './extraction.ts';
import type { Preprocessing } from './patterns.ts';
import { findRegionMasks, regionMask } from './regions.ts';

const AFFINE = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const volume = (shape: Shape3, ...numbers: number[]): Volume => ({
  data: new Float32Array(numbers),
  shape,
  affine: AFFINE,
});

const FOLDER = 'masks/tpl-MNI152NLin2009cSym';
const name = (rest: string) => `${FOLDER}/tpl-MNI152NLin2009cSym_${rest}_mask.nii.gz`;
const CAPS = new MemoryTree(
  'caps',
  Object.fromEntries(
    [
      name('desc-Crop_res-1x1x1_roi-left'),
      name('res-1x1x1_roi-left'),
      name('desc-Crop_desc-Zebra_res-1x1x1_roi-left'),
      name('res-3x3x3_roi-left'),
      `${FOLDER}/deeper/tpl_desc-Crop_res-1x1x1_roi-left_mask.nii.gz`,
    ].map((path) => [path, '']),
  ),
);

function extraction(preprocessing: Preprocessing, regions = ['left'], pattern = ''): Extraction {
  return makeExtraction(
    preprocessing,
    {
      mode: 'roi',
      regions,
      uncropped: false,
      customTemplate: 'MNI152NLin2009cSym',
      customMaskPattern: pattern,
    },
    'roi',
  );
}

test('cropped volumes take the mask that says so, the first in the alphabet', async () => {
  expect(
    await findRegionMasks(CAPS, extraction({ pipeline: 't1-linear', uncropped: false })),
  ).toEqual([name('desc-Crop_desc-Zebra_res-1x1x1_roi-left')]);
});

test('uncropped volumes take the mask that does not', async () => {
  expect(
    await findRegionMasks(CAPS, extraction({ pipeline: 'flair-linear', uncropped: true })),
  ).toEqual([name('res-1x1x1_roi-left')]);
});

test('custom volumes take what their pattern says', async () => {
  const custom: Preprocessing = { pipeline: 'custom', suffix: 'T1w.nii.gz' };
  expect(await findRegionMasks(CAPS, extraction(custom, ['left'], 'res-3x3x3'))).toEqual([
    name('res-3x3x3_roi-left'),
  ]);
});

test('a region without a mask is named, with what there is', async () => {
  const preprocessing: Preprocessing = { pipeline: 't1-linear', uncropped: false };
  await expect(findRegionMasks(CAPS, extraction(preprocessing, ['right']))).rejects.toThrow(
    /CAPS_MASK.*roi-right_mask.*found tpl-MNI/,
  );
});

test('keeps the planes that meet the region, and drops empty ones inside', () => {
  const mask = regionMask(volume([3, 1, 2], 0, 1, 0, 0, 0, 1), 'm.nii');
  expect(mask.planes).toEqual([[0, 2], [0], [1]]);
  expect([...mask.voxels]).toEqual([0, 1, 0, 0, 0, 1]);
});

test.each([
  ['a mask that is not binary', [0, 0.5]],
  ['a mask with a NaN', [0, NaN]],
  ['an empty mask', [0, 0]],
])('refuses %s', (_, numbers) => {
  expect(() => regionMask(volume([1, 1, 2], ...numbers), 'm.nii')).toThrow(/CAPS_MASK.*m\.nii/);
});
