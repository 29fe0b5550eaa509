import { describe, expect, test } from 'vitest';
import { indexCaps } from './index.ts';
import { namesTree } from './testing/names-tree.ts';
import { tensorPattern, volumesOf } from './volumes.ts';

const T1 = 'space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w.nii.gz';
const PATTERN = `*${T1}`;
const volume = (participant: string, session: string, rest = T1) =>
  `subjects/${participant}/${session}/t1_linear/${participant}_${session}_${rest}`;
const tensor = (participant: string, session: string, rest = T1) =>
  `subjects/${participant}/${session}/deeplearning_prepare_data/image_based/t1_linear/` +
  `${participant}_${session}_${rest.replace('.nii.gz', '.pt')}`;

test('finds a volume, and names the session that has none', async () => {
  const index = await indexCaps(
    namesTree(
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
  const { paths, problems } = volumesOf(await indexCaps(namesTree(...runs)), PATTERN);
  expect(paths.get('sub-1/ses-1')).toBe(runs[1]);
  expect(problems).toEqual([]);
});

test.each([
  [`acq-a_${T1}`, `acq-b_${T1}`],
  [`run-1_acq-a_${T1}`, `run-2_acq-b_${T1}`],
  [`run-1_${T1}`, T1],
])('does not choose between %s and %s', async (first, second) => {
  const tree = namesTree(volume('sub-1', 'ses-1', first), volume('sub-1', 'ses-1', second));
  const { paths, problems } = volumesOf(await indexCaps(tree), PATTERN);
  expect(paths.size).toBe(0);
  expect(problems).toMatchObject([{ code: 'CAPS_SEVERAL_VOLUMES', participant: 'sub-1' }]);
});

describe('a missing volume', () => {
  const tree = namesTree(
    volume('sub-01', 'ses-M000', 'space-MNI152NLin2009cSym_res-1x1x1_T1w.nii.gz'),
    volume('sub-01', 'ses-M000', 'T1w.nii.gz'),
    volume('sub-02', 'ses-M012'),
    'subjects/sub-03/ses-M000/notes.txt',
  );
  test.each([
    [
      'of a session that has others: its nearest file',
      { participant: 'sub-01', session: 'ses-M000' },
      volume('sub-01', 'ses-M000', 'space-MNI152NLin2009cSym_res-1x1x1_T1w.nii.gz'),
    ],
    [
      'of a session that is not there: the nearest session',
      { participant: 'sub-02', session: 'ses-M12' },
      'subjects/sub-02/ses-M012',
    ],
    [
      'of a participant who is not there: the nearest one',
      { participant: 'sub-2', session: 'ses-M012' },
      'subjects/sub-02',
    ],
  ])('%s', async (_, key, nearest) => {
    const { missing, problems } = volumesOf(await indexCaps(tree), PATTERN, [key]);
    expect(missing).toEqual([{ ...key, nearest }]);
    expect(problems[0]?.found).toContain(nearest);
  });

  test('of a session without any volume has nothing near', async () => {
    const key = { participant: 'sub-03', session: 'ses-M000' };
    const { missing } = volumesOf(await indexCaps(tree), PATTERN, [key]);
    expect(missing).toEqual([key]);
  });
});

test('names all volumes of a session that has several', async () => {
  const files = [`acq-a_${T1}`, `acq-b_${T1}`].map((rest) => volume('sub-1', 'ses-1', rest));
  const { doubles } = volumesOf(await indexCaps(namesTree(...files)), PATTERN);
  expect(doubles).toEqual([{ participant: 'sub-1', session: 'ses-1', files }]);
});

describe('a session without NIfTI', () => {
  test('has the image tensor of the same name', async () => {
    const tree = namesTree(tensor('sub-1', 'ses-1'), tensor('sub-1', 'ses-1', 'other_T1w.nii.gz'));
    const { paths, problems } = volumesOf(await indexCaps(tree), PATTERN);
    expect([...paths.values()]).toEqual([tensor('sub-1', 'ses-1')]);
    expect(problems).toEqual([]);
  });

  test('has no tensor of a patch for a volume', async () => {
    const patch = tensor('sub-1', 'ses-1').replace('image_based', 'patch_based');
    expect(volumesOf(await indexCaps(namesTree(patch)), PATTERN).missing).toHaveLength(1);
  });

  test('takes the highest run of its tensors', async () => {
    const runs = ['run-1', 'run-2'].map((run) => tensor('sub-1', 'ses-1', `${run}_${T1}`));
    const { paths } = volumesOf(await indexCaps(namesTree(...runs)), PATTERN);
    expect(paths.get('sub-1/ses-1')).toBe(runs[1]);
  });
});

test('a NIfTI volume comes before its tensor', async () => {
  const tree = namesTree(tensor('sub-1', 'ses-1'), volume('sub-1', 'ses-1'));
  const { paths } = volumesOf(await indexCaps(tree), PATTERN);
  expect(paths.get('sub-1/ses-1')).toBe(volume('sub-1', 'ses-1'));
});

test.each([
  ['*_T1w.nii.gz', 'image_based/*/*_T1w.pt'],
  ['pet_linear/*_pet.nii.gz', 'image_based/*/*_pet.pt'],
  ['anat/sub-*_ses-*_T1w.nii*', 'image_based/*/sub-*_ses-*_T1w.pt'],
  ['*group-A/*_probability.nii.gz', 'image_based/*/group-A/*_probability.pt'],
  ['*_T1w.mgz', undefined],
])('tensors of %s are %s', (pattern, tensors) => {
  expect(tensorPattern(pattern)).toBe(tensors);
});
