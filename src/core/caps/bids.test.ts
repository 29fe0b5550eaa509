import { expect, test } from 'vitest';
import { MemoryTree } from '../files/memory-tree.ts';
import { listPaths, needFile } from '../files/read.ts';
import { bidsAsCaps } from './bids.ts';
import { fileTypeOf, type Preprocessing } from './patterns.ts';
import { indexCaps } from './index.ts';
import { volumesOf } from './volumes.ts';

const tree = (...paths: string[]) =>
  new MemoryTree('bids', Object.fromEntries(paths.map((path) => [path, path])));

test('images stand below their participant and session', async () => {
  const caps = await bidsAsCaps(
    tree(
      'sub-01/ses-M000/anat/sub-01_ses-M000_T1w.nii.gz',
      'sub-01/ses-M000/anat/sub-01_ses-M000_T1w.json',
      'participants.tsv',
      'derivatives/x/sub-01/ses-M000/anat/sub-01_ses-M000_T1w.nii.gz',
    ),
  );
  const [path = '', ...others] = await listPaths(caps, 'subjects');
  expect(others).toEqual([]);
  expect(path).toBe('subjects/sub-01/ses-M000/anat/sub-01_ses-M000_T1w.nii.gz');
  expect((await needFile(caps, path)).path).toBe(path.slice('subjects/'.length));
  expect(await caps.file('subjects/sub-02/a.nii')).toBeUndefined();
});

test('a folder without sessions has one, in the names of its files too', async () => {
  const caps = await bidsAsCaps(tree('sub-05/anat/sub-05_acq-x_T1w.nii.gz'));
  const [path = ''] = await listPaths(caps);
  expect(path).toBe('subjects/sub-05/ses-M000/anat/sub-05_ses-M000_acq-x_T1w.nii.gz');
  expect((await needFile(caps, path)).path).toBe('sub-05/anat/sub-05_acq-x_T1w.nii.gz');
});

test.each<[Preprocessing, string]>([
  [{ pipeline: 't1' }, 'anat/sub-1_ses-1_run-2_T1w.nii.gz'],
  [{ pipeline: 'flair' }, 'anat/sub-1_ses-1_FLAIR.nii.gz'],
  [{ pipeline: 'dwi' }, 'dwi/sub-1_ses-1_dwi.nii'],
  [{ pipeline: 'pet', tracer: '18FFDG' }, 'pet/sub-1_ses-1_trc-18FFDG_pet.nii.gz'],
  [
    { pipeline: 'pet', tracer: '18FFDG', reconstruction: 'nacstat' },
    'pet/sub-1_ses-1_trc-18FFDG_rec-nacstat_pet.nii.gz',
  ],
  [{ pipeline: 'custom', suffix: 'T2w.nii.gz' }, 'anat/sub-1_ses-1_T2w.nii.gz'],
])('%j finds %s', async (preprocessing, file) => {
  const all = [
    'anat/sub-1_ses-1_run-1_T1w.nii.gz',
    'anat/sub-1_ses-1_run-2_T1w.nii.gz',
    'anat/sub-1_ses-1_FLAIR.nii.gz',
    'anat/sub-1_ses-1_T2w.nii.gz',
    'dwi/sub-1_ses-1_dwi.nii',
    'pet/sub-1_ses-1_trc-18FFDG_pet.nii.gz',
    'pet/sub-1_ses-1_trc-18FFDG_rec-nacstat_pet.nii.gz',
    'pet/sub-1_ses-1_trc-18FAV45_pet.nii.gz',
  ];
  const caps = await bidsAsCaps(tree(...all.map((path) => `sub-1/ses-1/${path}`)));
  const { paths } = volumesOf(await indexCaps(caps), fileTypeOf(preprocessing).pattern);
  expect([...paths.values()]).toEqual([`subjects/sub-1/ses-1/${file}`]);
});

test('a CAPS is no BIDS folder, nor is one without images', async () => {
  await expect(bidsAsCaps(tree('subjects/sub-1/ses-1/a.nii.gz'))).rejects.toThrow(
    /BIDS_NOT_BIDS.*a CAPS.*prepare-data/,
  );
  await expect(bidsAsCaps(tree('sub-1/anat/sub-1_T1w.json'))).rejects.toMatchObject({
    code: 'BIDS_NOT_BIDS',
  });
});

test('a folder with a wrong name is told, and the rest stays usable', async () => {
  const caps = await bidsAsCaps(
    tree('sub-1/ses-1/anat/sub-1_ses-1_T1w.nii', 'sub-0 2/anat/a_T1w.nii'),
  );
  const { sessions, problems } = await indexCaps(caps);
  expect(sessions).toHaveLength(1);
  expect(problems).toMatchObject([{ code: 'CAPS_ID', found: 'sub-0 2' }]);
});
