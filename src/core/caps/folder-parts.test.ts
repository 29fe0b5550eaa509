import { expect, test } from 'vitest';
import { findParts } from './folder-parts.ts';
import { namesTree } from './testing/names-tree.ts';

const raw = (participant: string, session?: string): string =>
  session === undefined
    ? `${participant}/anat/${participant}_T1w.nii.gz`
    : `${participant}/${session}/anat/${participant}_${session}_T1w.nii.gz`;
const linear = (participant: string, session: string): string =>
  `subjects/${participant}/${session}/t1_linear/${participant}_${session}_space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w.nii.gz`;

test('a raw BIDS dataset, with and without sessions', async () => {
  const paths = [
    ...['dataset_description.json', 'participants.tsv', raw('sub-01', 'ses-M000')],
    ...[raw('sub-01', 'ses-M012'), raw('sub-02'), 'sub-02/anat/sub-02_T1w.json'],
  ];
  expect(await findParts(namesTree(...paths))).toEqual([
    { path: '', kind: 'bids', participants: 2, sessions: 3 },
  ]);
});

test('a CAPS, whose images are not taken for a dataset of their own', async () => {
  const paths = [linear('sub-01', 'ses-M000'), linear('sub-02', 'ses-M000'), 'labels.tsv'];
  expect(await findParts(namesTree(...paths))).toEqual([
    { path: '', kind: 'caps', participants: 2, sessions: 2 },
  ]);
});

test('a dataset with a CAPS and other derivatives inside: each is a choice, the CAPS first', async () => {
  const paths = [
    ...[raw('sub-01', 'ses-M000'), raw('sub-02', 'ses-M000'), raw('sub-03', 'ses-M000')],
    `derivatives/clinica/${linear('sub-01', 'ses-M000')}`,
    'derivatives/fmriprep/sub-01/anat/sub-01_space-MNI_desc-preproc_T1w.nii.gz',
    'derivatives/deep/er/still/sub-01/anat/sub-01_T1w.nii.gz',
    'sourcedata/sub-01.dcm',
  ];
  expect(await findParts(namesTree(...paths))).toEqual([
    { path: 'derivatives/clinica', kind: 'caps', participants: 1, sessions: 1 },
    { path: '', kind: 'bids', participants: 3, sessions: 3 },
    { path: 'derivatives/fmriprep', kind: 'derivatives', participants: 1, sessions: 1 },
  ]);
});

test('a CAPS of tensors alone, a CAPS beside a dataset, two of a kind', async () => {
  const tensors = 'caps/subjects/sub-01/ses-M000/deeplearning_prepare_data/image_based/t1/a.pt';
  const parts = await findParts(
    namesTree(tensors, `bids/${raw('sub-01')}`, `other/${linear('sub-09', 'ses-M000')}`),
  );
  expect(parts.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
    ...['caps caps', 'caps other', 'bids bids'],
  ]);
});

test('images that were made from others are derivatives wherever they stand', async () => {
  const made = 'sub-01/anat/sub-01_space-T1w_desc-brain_T1w.nii.gz';
  expect(await findParts(namesTree(made))).toMatchObject([{ path: '', kind: 'derivatives' }]);
  expect(await findParts(namesTree(made, raw('sub-01')))).toMatchObject([{ kind: 'bids' }]);
});

test('a folder of neither', async () => {
  expect(await findParts(namesTree('a.txt', 'sub-01.nii.gz', 'notes/sub-x.tsv'))).toEqual([]);
});
