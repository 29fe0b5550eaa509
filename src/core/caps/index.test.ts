import { expect, test } from 'vitest';
import { MemoryTree } from '../files/memory-tree.ts';
import { indexCaps, listPreprocessings } from './index.ts';
import { namesTree } from './testing/names-tree.ts';
import { volumesOf } from './volumes.ts';

const T1 = 'space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w.nii.gz';
const PATTERN = `*${T1}`;
const volume = (participant: string, session: string, rest = T1) =>
  `subjects/${participant}/${session}/t1_linear/${participant}_${session}_${rest}`;

test('lists participants and sessions in order, whatever the order of the names', async () => {
  const index = await indexCaps(
    namesTree(
      volume('sub-2', 'ses-M000'),
      'subjects/sub-1/ses-M012/t1_linear/affine.mat',
      volume('sub-1', 'ses-M000'),
      'subjects/.DS_Store',
      'dataset_description.json',
    ),
  );
  expect(index.participants).toEqual(['sub-1', 'sub-2']);
  expect(index.sessions.map(({ participant, session }) => `${participant} ${session}`)).toEqual([
    'sub-1 ses-M000',
    'sub-1 ses-M012',
    'sub-2 ses-M000',
  ]);
  expect(index.problems).toEqual([]);
});

test('keeps what is usable beside folders with wrong names', async () => {
  const index = await indexCaps(
    namesTree(
      volume('sub-1', 'ses-M000'),
      'subjects/patient 7/ses-M000/a.nii.gz',
      'subjects/patient 7/ses-M000/b.nii.gz',
      'subjects/sub-2/M000/a.nii.gz',
      'subjects/sub-1/long-M000M012/template.nii.gz',
    ),
  );
  expect(index.sessions).toHaveLength(1);
  expect(index.problems).toMatchObject([
    { code: 'CAPS_ID', found: 'patient 7' },
    { code: 'CAPS_ID', participant: 'sub-2', found: 'M000' },
  ]);
});

test('refuses a BIDS folder and any other', async () => {
  await expect(indexCaps(namesTree('sub-1/ses-1/anat/x.nii.gz'))).rejects.toThrow(
    /CAPS_NOT_CAPS.*BIDS/,
  );
  await expect(indexCaps(new MemoryTree('photos', { 'a.jpg': '' }))).rejects.toMatchObject({
    code: 'CAPS_NOT_CAPS',
  });
});

test('lists what the CAPS can be used with', async () => {
  const pet = 'trc-18FFDG_space-MNI152NLin2009cSym_res-1x1x1_suvr-pons_pet.nii.gz';
  const index = await indexCaps(
    namesTree(
      volume('sub-1', 'ses-1'),
      volume('sub-2', 'ses-1'),
      volume('sub-2', 'ses-1', 'desc-Crop_res-3x3x3_T1w.nii.gz'),
      volume('sub-3', 'ses-1', 'run-1_desc-Crop_res-3x3x3_T1w.nii.gz'),
      volume('sub-3', 'ses-1', 'run-2_desc-Crop_res-3x3x3_T1w.nii.gz'),
      `subjects/sub-1/ses-1/pet_linear/sub-1_ses-1_${pet}`,
    ),
  );
  expect(listPreprocessings(index).map(({ id, sessions }) => [id, sessions])).toEqual([
    ['t1-linear cropped', 2],
    ['pet-linear 18FFDG pons uncropped', 1],
    ['custom desc-Crop_res-3x3x3_T1w.nii.gz', 2],
  ]);
});

test('keeps NIfTI volumes and tensors apart, and forgets every other file', async () => {
  const tensor = 'image_based/t1_linear/sub-1_ses-1_T1w.pt';
  const index = await indexCaps(
    namesTree(
      'subjects/sub-1/ses-1/t1_linear/b.nii',
      'subjects/sub-1/ses-1/t1_linear/a.nii.gz',
      'subjects/sub-1/ses-1/t1_linear/affine.mat',
      'subjects/sub-1/ses-1/t1_linear/model.pt',
      `subjects/sub-1/ses-1/deeplearning_prepare_data/${tensor}`,
    ),
  );
  expect(index.sessions).toEqual([
    {
      ...{ participant: 'sub-1', session: 'ses-1' },
      ...{ files: ['t1_linear/a.nii.gz', 't1_linear/b.nii'], tensors: [tensor] },
    },
  ]);
});

test('a CAPS of tensors alone can be used with what they were made of', async () => {
  const folder = 'subjects/sub-1/ses-1/deeplearning_prepare_data';
  const index = await indexCaps(
    namesTree(
      `${folder}/image_based/t1_linear/sub-1_ses-1_${T1.replace('.nii.gz', '.pt')}`,
      `${folder}/patch_based/t1_linear/sub-1_ses-1_patch-0_T1w.pt`,
    ),
  );
  expect(listPreprocessings(index).map(({ id }) => id)).toEqual(['t1-linear cropped']);
});

test('indexes 10,000 sessions in well under three seconds', async () => {
  const paths = Array.from({ length: 10_000 }, (_, i) => {
    const [participant, session] = [`sub-${Math.floor(i / 4)}`, `ses-M0${i % 4}`];
    return [volume(participant, session), volume(participant, session, 'affine.mat')];
  }).flat();
  const start = performance.now();
  const index = await indexCaps(namesTree(...paths));
  const { paths: found } = volumesOf(index, PATTERN);
  listPreprocessings(index);
  expect(found.size).toBe(10_000);
  expect(performance.now() - start).toBeLessThan(3000);
});
