import { expect, test } from 'vitest';
import { MemoryTree } from '../files/memory-tree.ts';
import type { Shape3, Volume } from '../volume.ts';
import { makeExtraction, type Extraction } from './extraction.ts';
import type { Preprocessing } from './patterns.ts';
import { findRegionMasks, maskSearch, readRegionMasks, regionMask } from './regions.ts';
import { folderTree } from './testing/folder.ts';

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

test('t1-extensive volumes take the masks of their own template, whatever their names', async () => {
  const path = 'masks/tpl-Ixi549Space/tpl-Ixi549Space_desc-SkullStripped_roi-left_mask.nii';
  const tree = new MemoryTree('caps', { [path]: '' });
  expect(await findRegionMasks(tree, extraction({ pipeline: 't1-extensive' }))).toEqual([path]);
});

test.each<Preprocessing>([
  { pipeline: 'custom', suffix: 'T1w.nii.gz' },
  { pipeline: 'dwi-dti', space: 'native', measure: 'FA' },
  { pipeline: 't1' },
])('$pipeline volumes need a template by name', (preprocessing) => {
  const made = extraction(preprocessing);
  expect(maskSearch(made)).toMatchObject({ folder: FOLDER, pattern: '' });
  const without = { ...made, customTemplate: '' } as Extraction;
  expect(() => maskSearch(without)).toThrow(/EXTRACTION_JSON.*roi_custom_template/);
});

test('other modes look for no mask', async () => {
  const image = makeExtraction({ pipeline: 't1' }, { mode: 'image' }, 'x');
  expect(maskSearch(image)).toBeUndefined();
  expect(await readRegionMasks(CAPS, image)).toEqual([]);
});

test('reads masks of three dimensions, and of four with a one in front', async () => {
  const caps = folderTree('tests/fixtures/tensors/caps');
  const made = extraction({ pipeline: 't1-linear', uncropped: false }, ['two', 'one']);
  const [two, one] = await readRegionMasks(caps, made);
  expect(two?.shape).toEqual([9, 11, 7]);
  expect(two?.planes).toEqual([
    [1, 2, 4, 5],
    [2, 3, 4, 5],
    [1, 2, 3, 4, 5],
  ]);
  expect(one?.shape).toEqual([9, 11, 7]);
  expect(one?.planes).toEqual([[3, 4, 5, 6, 7], [1, 2, 3], [2]]);
});
