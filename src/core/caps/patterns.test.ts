import { expect, test } from 'vitest';
import { compileGlob } from './glob.ts';
import {
  fileTypeOf,
  preprocessingId,
  recognise,
  tensorFolder,
  type Preprocessing,
} from './patterns.ts';

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

test('a PET volume with a reconstruction between tracer and space is not pet-linear', () => {
  const path = `pet_linear/${SOURCE}_trc-18FFDG_rec-acdyn_${SPACE}_res-1x1x1_suvr-pons_pet.nii.gz`;
  expect(recognise(path)?.pipeline).toBe('custom');
});

test('has the descriptions of 1.6.1', () => {
  expect(fileTypeOf({ pipeline: 't1-linear', uncropped: true }).description).toBe(
    'T1w Image registered in MNI152NLin2009cSym space using t1-linear pipeline ',
  );
  expect(tensorFolder({ pipeline: 'flair-linear', uncropped: true })).toBe('flair_linear');
});
