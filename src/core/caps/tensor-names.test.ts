import { expect, test } from 'vitest';
import { makeExtraction, type ModeOptions } from './extraction.ts';
import type { Preprocessing } from './patterns.ts';
import { tensorPath } from './tensor-names.ts';

const SESSION = 'subjects/sub-01/ses-M000';
const SOURCE = 'sub-01_ses-M000_space-MNI152NLin2009cSym_desc-Crop_res-3x3x3';
const CUSTOM: Preprocessing = { pipeline: 'custom', suffix: 'desc-Crop_res-3x3x3_T1w.nii.gz' };
const name = (options: ModeOptions, index: number, mask?: string) =>
  tensorPath(
    `${SESSION}/custom/${SOURCE}_T1w.nii.gz`,
    makeExtraction(CUSTOM, options, 'x'),
    index,
    mask,
  );
const roi = (uncropped: boolean): ModeOptions => ({
  mode: 'roi',
  regions: ['leftHippocampusBox'],
  uncropped,
  customTemplate: 'MNI152NLin2009cSym',
  customMaskPattern: 'res-3x3x3',
});

/** File names that ClinicaDL 1.6.1 gave to the tensors of a real cohort. */
test.each<[string, ModeOptions, number, string?]>([
  [`image_based/custom/${SOURCE}_T1w.pt`, { mode: 'image' }, 0],
  [
    `patch_based/custom/${SOURCE}_patchsize-34_stride-22_patch-7_T1w.pt`,
    { mode: 'patch', patchSize: 34, strideSize: 22 },
    7,
  ],
  [
    `slice_based/custom/${SOURCE}_axis-axi_channel-single_slice-13_T1w.pt`,
    { mode: 'slice', direction: 2, channels: 'single', discarded: [10, 12] },
    3,
  ],
  [
    'roi_based/custom/sub-01_ses-M000_space-MNI152NLin2009cSym_desc-CropRoi_res-3x3x3_' +
      'roi-leftHippocampusBox_T1w.pt',
    roi(false),
    0,
    'masks/tpl-X/tpl-MNI152NLin2009cSym_desc-Crop_res-3x3x3_roi-leftHippocampusBox_mask.nii.gz',
  ],
])('%s', (path, options, index, mask) => {
  expect(name(options, index, mask)).toBe(`${SESSION}/deeplearning_prepare_data/${path}`);
});

test.each([
  [true, 'desc-Crop_', 'desc-CropImage_res-1x1x1'],
  [true, '', 'res-1x1x1'],
  [false, '', 'desc-CropRoi_res-1x1x1'],
])('a region (uncropped: %s) of a mask named "%s" is described by %s', (uncropped, crop, words) => {
  const mask = `masks/tpl-T/tpl-T_${crop}res-1x1x1_roi-left_mask.nii.gz`;
  expect(name(roi(uncropped), 0, mask)).toMatch(
    `/sub-01_ses-M000_space-T_${words}_roi-left_T1w.pt`,
  );
});

test('t1-linear volumes keep the T1w of their source before the space', () => {
  const path = `${SESSION}/t1_linear/sub-01_ses-M000_T1w_space-MNI_res-1x1x1_T1w.nii.gz`;
  const extraction = makeExtraction({ pipeline: 't1-linear', uncropped: true }, roi(true), 'x');
  expect(tensorPath(path, extraction, 0, 'masks/tpl-T/tpl-T_roi-left_mask.nii')).toBe(
    `${SESSION}/deeplearning_prepare_data/roi_based/t1_linear/` +
      'sub-01_ses-M000_T1w_space-T_roi-left_T1w.pt',
  );
});
