import { expect, test } from 'vitest';
import type { FileTree } from '../files/file-tree.ts';
import { MemoryTree } from '../files/memory-tree.ts';
import { indexCaps, listPreprocessings, volumesOf } from './index.ts';

const T1 = 'space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w.nii.gz';
const PATTERN = `*${T1}`;
const volume = (participant: string, session: string, rest = T1) =>
  `subjects/${participant}/${session}/t1_linear/${participant}_${session}_${rest}`;

/** A tree of names; opening any file fails. */
function names(...paths: string[]): FileTree {
  return {
    name: 'caps',
    async *paths(folder = '') {
      for (const path of paths) if (folder === '' || path.startsWith(`${folder}/`)) yield path;
    },
    file: () => Promise.reject(new Error('opened a file')),
  };
}

test('lists participants and sessions in order, whatever the order of the names', async () => {
  const index = await indexCaps(
    names(
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

test('finds a volume, and names the session that has none', async () => {
  const index = await indexCaps(
    names(
      volume('sub-1', 'ses-M000')
        .toUpperCase()
        .replace(/SUBJECTS\/SUB-1\/SES-M000/, 'subjects/sub-1/ses-M000'),
      volume('sub-2', 'ses-M000', 'T1w.nii.gz'),
    ),
  );
  const { paths, problems } = volumesOf(index, PATTERN, [
    { participant: 'sub-1', session: 'ses-M000' },
    { participant: 'sub-2', session: 'ses-M000' },
    { participant: 'sub-3', session: 'ses-M000' },
  ]);
  expect([...paths.keys()]).toEqual(['sub-1/ses-M000']);
  expect(problems).toMatchObject([
    { code: 'CAPS_NO_VOLUME', participant: 'sub-2', session: 'ses-M000' },
    { code: 'CAPS_NO_VOLUME', participant: 'sub-3', session: 'ses-M000' },
  ]);
});

test('takes the highest run when nothing else differs', async () => {
  const runs = ['run-2', 'run-10', 'run-9'].map((run) => volume('sub-1', 'ses-1', `${run}_${T1}`));
  const { paths, problems } = volumesOf(await indexCaps(names(...runs)), PATTERN);
  expect(paths.get('sub-1/ses-1')).toBe(runs[1]);
  expect(problems).toEqual([]);
});

test.each([
  [`acq-a_${T1}`, `acq-b_${T1}`],
  [`run-1_acq-a_${T1}`, `run-2_acq-b_${T1}`],
  [`run-1_${T1}`, T1],
])('does not choose between %s and %s', async (first, second) => {
  const tree = names(volume('sub-1', 'ses-1', first), volume('sub-1', 'ses-1', second));
  const { paths, problems } = volumesOf(await indexCaps(tree), PATTERN);
  expect(paths.size).toBe(0);
  expect(problems).toMatchObject([{ code: 'CAPS_SEVERAL_VOLUMES', participant: 'sub-1' }]);
});

test('keeps what is usable beside folders with wrong names', async () => {
  const index = await indexCaps(
    names(
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
  await expect(indexCaps(names('sub-1/ses-1/anat/x.nii.gz'))).rejects.toThrow(
    /CAPS_NOT_CAPS.*BIDS/,
  );
  await expect(indexCaps(new MemoryTree('photos', { 'a.jpg': '' }))).rejects.toMatchObject({
    code: 'CAPS_NOT_CAPS',
  });
});

test('lists what the CAPS can be used with', async () => {
  const pet = 'trc-18FFDG_space-MNI152NLin2009cSym_res-1x1x1_suvr-pons_pet.nii.gz';
  const index = await indexCaps(
    names(
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

test('indexes 10,000 sessions in well under three seconds', async () => {
  const paths = Array.from({ length: 10_000 }, (_, i) => {
    const [participant, session] = [`sub-${Math.floor(i / 4)}`, `ses-M0${i % 4}`];
    return [volume(participant, session), volume(participant, session, 'affine.mat')];
  }).flat();
  const start = performance.now();
  const index = await indexCaps(names(...paths));
  const { paths: found } = volumesOf(index, PATTERN);
  listPreprocessings(index);
  expect(found.size).toBe(10_000);
  expect(performance.now() - start).toBeLessThan(3000);
});
