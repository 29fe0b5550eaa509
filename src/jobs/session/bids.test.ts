import { expect, test } from 'vitest';
import { blobFile } from '../../core/files/blob-file.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { niftiBytes } from '../../core/nifti/write.ts';
import { CapsuleSession } from '../session.ts';

const source = { kind: 'opfs', path: 'anywhere' } as const;
const ignore = () => undefined;

/** A volume of `shape` whose first axis points to the left. */
function image(shape: readonly [number, number, number], size = 1): Uint8Array<ArrayBuffer> {
  const data = Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, i) => i);
  return niftiBytes({ data, shape, affine: [-size, 0, 0, 0, 0, size, 0, 0, 0, 0, size, 0] });
}

function sessionOn(tree: FileTree): CapsuleSession {
  const missing = () => Promise.reject(new Error('not needed here'));
  return new CapsuleSession({
    ...{ gpu: undefined, gpuRemark: '', runtime: 'test' },
    clock: { now: () => 0, elapsed: () => 0 },
    openTree: () => Promise.resolve(tree),
    ...{ workspace: missing, workspaceFolders: missing, removeWorkspace: missing },
    baseBrain: missing,
  });
}

const dataset = {
  'dataset_description.json': JSON.stringify({ Name: 'Heads', DatasetType: 'raw' }),
  'participants.tsv':
    'participant_id\tage\tgroup\nsub-01\t60\tCN\nsub-02\t70\tAD\nsub-03\t80\tAD\n',
  'sub-01/anat/sub-01_T1w.nii': image([5, 4, 3]),
  'sub-02/anat/sub-02_T1w.nii': image([5, 4, 3]),
  'sub-02/anat/sub-02_FLAIR.nii': image([5, 4, 3]),
  'sub-03/anat/sub-03_T1w.nii': image([6, 4, 3], 2),
};
const linear =
  'derivatives/clinica/subjects/sub-01/ses-M000/t1_linear/sub-01_ses-M000_space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w.nii.gz';

test('a raw dataset: its people, modalities and grids, and images that can be looked at', async () => {
  const gz = Object.fromEntries(
    await Promise.all(
      Object.entries(dataset).map(async ([path, content]) =>
        path.endsWith('.nii')
          ? [`${path}.gz`, await gzip(content as Uint8Array<ArrayBuffer>)]
          : [path, content],
      ),
    ),
  ) as typeof dataset;
  const session = sessionOn(new MemoryTree('heads', gz));
  const { bids, part, parts, ...cohort } = await session.openFolder(source, ignore);
  expect(parts).toEqual([{ path: '', kind: 'bids', participants: 3, sessions: 3 }]);
  expect(part).toEqual(parts?.[0]);
  expect(bids).toEqual({
    ...{ title: 'Heads', described: true, derivatives: false, headers: 3 },
    modalities: [
      { name: 't1w', sessions: 3 },
      { name: 'flair', sessions: 1 },
    ],
    grids: [
      { shape: [5, 4, 3], voxelSize: [1, 1, 1], orientation: 'LAS', scans: 2 },
      { shape: [6, 4, 3], voxelSize: [2, 2, 2], orientation: 'LAS', scans: 1 },
    ],
  });
  expect(cohort.table).toBe('participants.tsv');
  expect(cohort.columns.map(({ name }) => name)).toEqual(['age', 'group']);
  expect(
    cohort.rows.map(({ participant, session, cells }) => [participant, session, cells]),
  ).toEqual([
    ['sub-01', 'ses-M000', { age: '60', group: 'CN' }],
    ['sub-02', 'ses-M000', { age: '70', group: 'AD' }],
    ['sub-03', 'ses-M000', { age: '80', group: 'AD' }],
  ]);
  // Reading all of them has shown which one no network takes with the others.
  expect(cohort.problems).toMatchObject([{ code: 'CAPS_SHAPES_DIFFER', participant: 'sub-03' }]);
  expect(cohort.preprocessing).toBe('custom T1w.nii.gz');
  expect((await session.volume('sub-01', 'ses-M000')).name).toBe('sub-01_T1w.nii.gz');
  await session.close();
});

test('a CAPS inside a dataset comes first, with the dataset’s people; the dataset on request', async () => {
  const tree = new MemoryTree('heads', {
    'participants.tsv': dataset['participants.tsv'],
    'sub-01/anat/sub-01_T1w.nii.gz': await gzip(image([5, 4, 3])),
    [linear]: await gzip(image([7, 4, 3])),
  });
  const session = sessionOn(tree);
  const caps = await session.openFolder(source, ignore);
  expect(caps.part?.kind).toBe('caps');
  expect(caps.bids).toBeUndefined();
  expect(caps.shape).toEqual([7, 4, 3]);
  expect(caps.rows[0]?.cells).toEqual({ age: '60', group: 'CN' });
  const other = caps.parts?.find(({ kind }) => kind === 'bids');
  const bids = await session.openFolder(source, ignore, other);
  expect(bids.shape).toEqual([5, 4, 3]);
  expect(bids.parts).toEqual(caps.parts);
  expect(bids.bids?.described).toBe(false);
  await session.close();
});

test('a table with a fault is told, and the images can still be looked at', async () => {
  const tree = new MemoryTree('heads', {
    'participants.tsv': 'participant_id\tage\n01\t60\n',
    'sub-01/ses-1x/anat/sub-01_ses-1x_T1w.nii.gz': await gzip(image([5, 4, 3])),
    'sub-b_d/anat/sub-b_d_T1w.nii.gz': 'x',
  });
  const session = sessionOn(tree);
  const { problems, table, rows } = await session.openFolder(source, ignore);
  expect(table).toBe('');
  expect(rows.map(({ participant }) => participant)).toEqual(['sub-01']);
  const codes = problems.map(({ code }) => code);
  expect(codes).toEqual(expect.arrayContaining(['TSV_ID', 'BIDS_ID']));
  await session.close();
});

test('a file that changes, or leave that is lost, is told by name and stops what reads it', async () => {
  const state = { bytes: await gzip(image([5, 4, 3])), modified: 1e12, fault: '' };
  const path = 'sub-01/anat/sub-01_T1w.nii.gz';
  const getFile = async () => {
    if (state.fault !== '') throw new DOMException('told by the browser', state.fault);
    return new File([state.bytes], 'x', { lastModified: state.modified });
  };
  const handle = { getFile } as FileSystemFileHandle;
  const tree: FileTree = {
    name: 'heads',
    async *paths() {
      yield path;
    },
    file: async (asked) =>
      asked === path ? blobFile(path, getFile, { kind: 'handle', handle }) : undefined,
  };
  const session = sessionOn(tree);
  await session.openFolder(source, ignore);
  state.modified += 5000;
  await expect(session.volume('sub-01', 'ses-M000')).rejects.toMatchObject({
    problem: {
      code: 'FILE_CHANGED',
      participant: 'sub-01',
      file: path,
      found: expect.stringMatching(/UTC$/),
    },
  });
  await session.openFolder(source, ignore);
  expect((await session.volume('sub-01', 'ses-M000')).bytes).toEqual(state.bytes);
  state.fault = 'NotAllowedError';
  await expect(session.volume('sub-01', 'ses-M000')).rejects.toMatchObject({
    problem: { code: 'FOLDER_ACCESS', participant: 'sub-01', session: 'ses-M000' },
  });
  // It is the folder's fault: no session is left out for it.
  await expect(session.openFolder(source, ignore)).rejects.toMatchObject({ code: 'FOLDER_ACCESS' });
  state.fault = '';
  expect((await session.openFolder(source, ignore)).problems).toEqual([]);
  await session.close();
});

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
