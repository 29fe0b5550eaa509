import { expect, test } from 'vitest';
import { compileGlob } from './glob.ts';
import { fileTypeOf, preprocessingId, tensorFolder, type Preprocessing } from './patterns.ts';
import { recognise, recogniseTensor } from './recognise.ts';

const SOURCE = 'sub-01_ses-M000';
const SPACE = 'space-MNI152NLin2009cSym';
const CASES: [string, Preprocessing, string][] = [
  [
    `t1_linear/${SOURCE}_run-01_${SPACE}_desc-Crop_res-1x1x1_T1w.nii.gz`,
    { pipeline: 't1-linear', uncropped: false },
    't1-linear cropped',
  ],
  [
    `t1_linear/${SOURCE}_${SPACE}_res-1x1x1_T1w.nii.gz`,
    { pipeline: 't1-linear', uncropped: true },
    't1-linear uncropped',
  ],
  [
    `flair_linear/${SOURCE}_${SPACE}_desc-Crop_res-1x1x1_FLAIR.nii.gz`,
    { pipeline: 'flair-linear', uncropped: false },
    'flair-linear cropped',
  ],
  [
    `pet_linear/${SOURCE}_trc-18FFDG_${SPACE}_res-1x1x1_suvr-cerebellumPons2_pet.nii.gz`,
    { pipeline: 'pet-linear', uncropped: true, tracer: '18FFDG', region: 'cerebellumPons2' },
    'pet-linear 18FFDG cerebellumPons2 uncropped',
  ],
  [
    `pet_linear/${SOURCE}_trc-18FFDG_rec-coregiso_${SPACE}_desc-Crop_res-1x1x1_suvr-pons2_pet.nii.gz`,
    {
      ...{ pipeline: 'pet-linear', uncropped: false, tracer: '18FFDG', region: 'pons2' },
      reconstruction: 'coregiso',
    },
    'pet-linear 18FFDG coregiso pons2 cropped',
  ],
  [
    `t2_linear/${SOURCE}_${SPACE}_desc-Crop_res-1x1x1_T2w.nii.gz`,
    { pipeline: 't2-linear', uncropped: false },
    't2-linear cropped',
  ],
  [
    `t1_extensive/${SOURCE}_space-Ixi549Space_desc-SkullStripped_T1w.nii.gz`,
    { pipeline: 't1-extensive' },
    't1-extensive',
  ],
  ...(['b0', 'T1w'] as const).map((space): [string, Preprocessing, string] => [
    `dwi/dti_based_processing/native_space/${SOURCE}_space-${space}_MD.nii.gz`,
    { pipeline: 'dwi-dti', space: 'native', measure: 'MD' },
    'dwi-dti MD native',
  ]),
  [
    `dwi/dti_based_processing/normalized_space/${SOURCE}_space-MNI152Lin_res-1x1x1_FA.nii.gz`,
    { pipeline: 'dwi-dti', space: 'normalized', measure: 'FA' },
    'dwi-dti FA normalized',
  ],
  [
    `t1/spm/segmentation/normalized_space/${SOURCE}_T1w_segm-graymatter_space-Ixi549Space_modulated-off_probability.nii.gz`,
    { pipeline: 't1-volume', tissue: 'graymatter', modulated: false },
    't1-volume graymatter modulated-off',
  ],
  [
    `t1/spm/dartel/group-ADNIbl/${SOURCE}_T1w_segm-csf_space-Ixi549Space_modulated-on_fwhm-8mm_probability.nii.gz`,
    { pipeline: 't1-volume', tissue: 'csf', modulated: true, group: 'ADNIbl', fwhm: 8 },
    't1-volume group-ADNIbl csf modulated-on fwhm-8mm',
  ],
  [
    `pet/preprocessing/group-ADNIbl/${SOURCE}_trc-18FFDG_pet_space-Ixi549Space_pvc-rbv_suvr-pons_mask-brain_fwhm-8mm_pet.nii.gz`,
    {
      ...{ pipeline: 'pet-volume', group: 'ADNIbl', region: 'pons', tracer: '18FFDG' },
      ...{ pvc: true, masked: true, fwhm: 8 },
    },
    'pet-volume group-ADNIbl 18FFDG pons pvc-rbv mask-brain fwhm-8mm',
  ],
  [
    `pet/preprocessing/group-ADNIbl/${SOURCE}_space-Ixi549Space_suvr-pons_pet.nii.gz`,
    { pipeline: 'pet-volume', group: 'ADNIbl', region: 'pons', pvc: false, masked: false },
    'pet-volume group-ADNIbl pons',
  ],
  [
    `custom/${SOURCE}_${SPACE}_desc-Crop_res-3x3x3_T1w.nii.gz`,
    { pipeline: 'custom', suffix: `${SPACE}_desc-Crop_res-3x3x3_T1w.nii.gz` },
    `custom ${SPACE}_desc-Crop_res-3x3x3_T1w.nii.gz`,
  ],
  [
    `anat/${SOURCE}_acq-x_run-2_T1w.nii.gz`,
    { pipeline: 'custom', suffix: 'T1w.nii.gz' },
    'custom T1w.nii.gz',
  ],
];

test.each(CASES)('recognises %s', (path, preprocessing, id) => {
  expect(recognise(path)).toEqual(preprocessing);
  expect(preprocessingId(preprocessing)).toBe(id);
  expect(compileGlob(fileTypeOf(preprocessing).pattern)(path)).toBe(true);
});

test('cropped and uncropped volumes are told apart', () => {
  const cropped = compileGlob(fileTypeOf({ pipeline: 't1-linear', uncropped: false }).pattern);
  const uncropped = compileGlob(fileTypeOf({ pipeline: 't1-linear', uncropped: true }).pattern);
  const [first, second] = [CASES[0]?.[0] ?? '', CASES[1]?.[0] ?? ''];
  expect([cropped(first), uncropped(first)]).toEqual([true, false]);
  expect([cropped(second), uncropped(second)]).toEqual([false, true]);
});

test("a volume that does not start with its session is nobody's", () => {
  expect(recognise('t1/brain.nii.gz')).toBeUndefined();
});

test('no pattern finds the volumes of another preprocessing', () => {
  const named = CASES.filter(([, { pipeline }]) => pipeline !== 'custom');
  for (const [path, , id] of named) {
    for (const [, preprocessing, other] of named) {
      if (id === other) continue;
      const isFound = compileGlob(fileTypeOf(preprocessing).pattern)(path);
      expect(isFound, `${fileTypeOf(preprocessing).pattern} and ${path}`).toBe(false);
    }
  }
});

test('groups are told apart by their folders, in tensors too', () => {
  const [first, second] = ['A', 'B'].map(
    (group) => ({ pipeline: 't1-volume', tissue: 'csf', modulated: true, group }) as const,
  );
  const path = 'segm/group-A/sub-1_ses-1_T1w_segm-csf_space-Ixi549Space_modulated-on';
  expect(
    compileGlob(fileTypeOf(first as Preprocessing).pattern)(`${path}_probability.nii.gz`),
  ).toBe(true);
  expect(
    compileGlob(fileTypeOf(second as Preprocessing).pattern)(`${path}_probability.nii.gz`),
  ).toBe(false);
  expect(tensorFolder(first as Preprocessing)).toBe('custom/group-A');
});

test('an image tensor is recognised as what its volume was', () => {
  for (const [path, preprocessing] of CASES) {
    const name = path.slice(path.lastIndexOf('/') + 1).replace('.nii.gz', '.pt');
    const isRun = preprocessing.pipeline === 'custom' && path.startsWith('anat');
    if (isRun) continue;
    expect(recogniseTensor(`${tensorFolder(preprocessing)}/${name}`)).toEqual(preprocessing);
  }
});

test('raw images have the patterns of a BIDS folder', () => {
  const pattern = (preprocessing: Preprocessing) => fileTypeOf(preprocessing).pattern;
  expect(pattern({ pipeline: 't1' })).toBe('anat/sub-*_ses-*_T1w.nii*');
  expect(pattern({ pipeline: 'flair' })).toBe('sub-*_ses-*_flair.nii*');
  expect(pattern({ pipeline: 'dwi' })).toBe('dwi/sub-*_ses-*_dwi.nii*');
  expect(pattern({ pipeline: 'pet' })).toBe('pet/*_pet.nii*');
  expect(pattern({ pipeline: 'pet', tracer: '18FFDG', reconstruction: 'nacstat' })).toBe(
    'pet/*_trc-18FFDG_rec-nacstat_pet.nii*',
  );
});

test('has the descriptions of 1.6.1', () => {
  expect(fileTypeOf({ pipeline: 't1-linear', uncropped: true }).description).toBe(
    'T1w Image registered in MNI152NLin2009cSym space using t1-linear pipeline ',
  );
  expect(tensorFolder({ pipeline: 'flair-linear', uncropped: true })).toBe('flair_linear');
  expect(tensorFolder({ pipeline: 'dwi-dti', space: 'native', measure: 'FA' })).toBe('dwi_dti');
});
