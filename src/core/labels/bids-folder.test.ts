import { expect, test } from 'vitest';
import { rejectedBy } from './testing/tables.ts';
import { readBidsFolder } from './bids-folder.ts';

const sessions = async (paths: readonly string[]) =>
  (await readBidsFolder(paths)).sessions.map(
    ({ participant, session, modalities }) =>
      `${participant} ${session} ${[...modalities].sort().join(' ')}`,
  );

test('names modalities as Clinica does', async () => {
  const inSession = (path: string) => `sub-1/ses-M000/${path}`;
  const paths = [
    inSession('anat/sub-1_ses-M000_T1w.nii.gz'),
    inSession('anat/sub-1_ses-M000_T1w.json'),
    inSession('anat/sub-1_ses-M000_acq-3D_FLAIR.nii'),
    inSession('pet/sub-1_ses-M000_trc-18FFDG_rec-uniform_pet.nii.gz'),
    inSession('func/sub-1_ses-M000_task-rest_run-01_bold.nii.gz'),
    inSession('func/sub-1_ses-M000_task-rest_sbref.nii.gz'),
    inSession('dwi/sub-1_ses-M000_dwi.nii.gz'),
    inSession('dwi/sub-1_ses-M000_dwi.bval'),
    inSession('fmap/sub-1_ses-M000_phasediff.nii.gz'),
    inSession('perf/sub-1_ses-M000_asl.nii.gz'),
  ];
  expect(await sessions(paths)).toEqual([
    'sub-1 ses-M000 dwi fieldmap flair func func_task-rest perf pet pet_trc-18FFDG t1w',
  ]);
});

test('reads a folder without sessions as one session', async () => {
  expect(await sessions(['sub-1/anat/sub-1_T1w.nii.gz', 'sub-2/anat/sub-2_T2w.nii.gz'])).toEqual([
    ...['sub-1 ses-M000 t1w', 'sub-2 ses-M000 t2w'],
  ]);
});

test('keeps a session that has no image', async () => {
  expect(await sessions(['sub-1/ses-M012/anat/sub-1_ses-M012_T1w.json'])).toEqual([
    'sub-1 ses-M012 ',
  ]);
});

test('is in the order of participants and time', async () => {
  const paths = ['sub-2/ses-M000', 'sub-1/ses-M120', 'sub-1/ses-M6'].map(
    (folder) => `${folder}/anat/x_T1w.nii`,
  );
  expect(await sessions(paths)).toEqual([
    ...['sub-1 ses-M6 t1w', 'sub-1 ses-M120 t1w', 'sub-2 ses-M000 t1w'],
  ]);
});

test('reads no derivatives, no sources and no files beside the participants', async () => {
  const paths = [
    'derivatives/sub-9/ses-M000/anat/sub-9_T1w.nii.gz',
    'sourcedata/sub-9/anat/x_T1w.nii.gz',
    'sub-1_T1w.nii.gz',
    'sub-1/anat/sub-1_T1w.nii.gz',
  ];
  const { participants } = await readBidsFolder(paths);
  expect([...participants]).toEqual(['sub-1']);
});

test('takes no image from a folder inside that of the modality', async () => {
  expect(await sessions(['sub-1/ses-M000/anat/backup/sub-1_T1w.nii.gz'])).toEqual([
    'sub-1 ses-M000 ',
  ]);
});

test('finds the tables', async () => {
  const folder = await readBidsFolder([
    'participants.tsv',
    'sub-1/sub-1_sessions.tsv',
    'sub-1/sub-2_sessions.tsv',
    'sub-1/ses-M000/sub-1_ses-M000_scans.tsv',
  ]);
  expect([...folder.sessionTables]).toEqual([['sub-1', 'sub-1/sub-1_sessions.tsv']]);
  expect(folder.hasParticipantsTable).toBe(true);
});

test('leaves folders with wrong names out, and tells them', async () => {
  const { sessions: found, problems } = await readBidsFolder([
    'sub-1/ses-M000/anat/x_T1w.nii',
    'sub-1/ses-M_0/anat/x_T1w.nii',
    'sub-a b/anat/x_T1w.nii',
  ]);
  expect(found).toHaveLength(1);
  expect(problems).toMatchObject([{ code: 'BIDS_ID', found: '2: sub-1/ses-M_0, sub-a b' }]);
});

test('refuses what is no BIDS folder, and recognises a CAPS', async () => {
  expect(await rejectedBy(() => readBidsFolder(['a.txt']))).toMatchObject({
    ...{ code: 'BIDS_NOT_BIDS', found: 'no such folder' },
  });
  const caps = ['subjects/sub-1/ses-M000/t1_linear/x_T1w.nii.gz'];
  expect((await rejectedBy(() => readBidsFolder(caps))).action).toContain('CAPS');
});
