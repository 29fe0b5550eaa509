/** What `prepare-data` writes, beside what ClinicaDL 1.6.1 wrote of the same volumes. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bidsAsCaps } from '../core/caps/bids.ts';
import { extractionJson, loadExtraction } from '../core/caps/extraction-file.ts';
import { makeExtraction, type Extraction } from '../core/caps/extraction.ts';
import { indexCaps } from '../core/caps/index.ts';
import { readTensorVolume } from '../core/caps/tensor-files.ts';
import { folderTree, hasShared, SHARED } from '../core/caps/testing/folder.ts';
import type { FileTree } from '../core/files/file-tree.ts';
import { MemoryTree } from '../core/files/memory-tree.ts';
import { listPaths, needFile, readText } from '../core/files/read.ts';
import { niftiBytes } from '../core/nifti/write.ts';
import { readTorch } from '../core/torch/read.ts';
import { TorchTensor } from '../core/torch/tensor.ts';
import type { SessionKey } from '../core/tsv/sessions.ts';
import { follow } from '../../tests/support/follow.ts';
import type { JobEvent } from './events.ts';
import { prepareData, type PrepareRequest } from './prepare.ts';

const FIXTURES = 'tests/fixtures/tensors';
const clock = { now: () => 0, elapsed: () => 0 };
const context = () => ({ clock, signal: new AbortController().signal });

/** The reference's CAPS without what it wrote: its volumes and masks. */
async function emptied(folder = `${FIXTURES}/caps`): Promise<MemoryTree> {
  const source = folderTree(folder);
  const caps = new MemoryTree('caps');
  for await (const path of source.paths()) {
    if (path.endsWith('.pt') || path.startsWith('tensor_extraction')) continue;
    await caps.write(path, await (await needFile(source, path)).bytes());
  }
  return caps;
}

async function prepare(
  caps: MemoryTree,
  extraction: Extraction,
  more: Partial<PrepareRequest> = {},
  onEvent?: (event: JobEvent) => void,
) {
  const source: FileTree = more.source ?? caps;
  const request: PrepareRequest = {
    ...{
      caps,
      capsDirectory: 'caps',
      source,
      extraction,
      index: more.index ?? (await indexCaps(caps)),
    },
    ...{ writeTensors: true, overwrite: false, atOnce: 2, unreadable: 'stop' },
    ...more,
  };
  return follow(prepareData(request, context()), onEvent);
}

const tensorAt = async (tree: FileTree, path: string): Promise<TorchTensor> => {
  const value = readTorch(await (await needFile(tree, path)).bytes(), path);
  if (value instanceof TorchTensor) return value;
  throw new Error(`${path} holds no tensor`);
};

async function expectSame(ours: FileTree, theirs: FileTree, paths: readonly string[]) {
  for (const path of paths) {
    const [mine, other] = [await tensorAt(ours, path), await tensorAt(theirs, path)];
    expect(mine.shape, path).toEqual(other.shape);
    expect(mine.dtype).toBe(other.dtype);
    expect(Buffer.compare(mine.bytes, other.bytes), path).toBe(0);
  }
}

const ONE = [{ participant: 'sub-T01', session: 'ses-M000' }];
const TWO = [{ participant: 'sub-T02', session: 'ses-M000' }];
const REFERENCE: [string, number, SessionKey[] | undefined][] = [
  ['image', 2, undefined],
  ['patch', 12, ONE],
  ['slice_axial', 3, ONE],
  ['slice_coronal', 3, ONE],
  ['roi', 2, ONE],
  ['roi_whole', 1, ONE],
  ['roi_uncropped', 1, TWO],
  ['pet', 1, ONE],
  ['flair', 1, ONE],
  ['roi_custom', 1, ONE],
];

describe('as ClinicaDL 1.6.1', () => {
  const theirs = folderTree(`${FIXTURES}/caps`);

  test.each(REFERENCE)('%s: its JSON byte for byte, its tensors bit for bit', async (...row) => {
    const [name, count, sessions] = row;
    const caps = await emptied();
    const before = new Set(await listPaths(caps));
    const extraction = { ...(await loadExtraction(theirs, name)), others: new Map() };
    const more = sessions === undefined ? {} : { sessions };
    const outcome = await prepare(caps, extraction, more);
    expect(outcome).toMatchObject({ json: `tensor_extraction/${name}.json`, written: count });
    const json = await readText(caps, outcome.json);
    expect(json).toBe(readFileSync(`${FIXTURES}/caps/${outcome.json}`, 'utf8'));
    const tensors = (await listPaths(caps)).filter((path) => path.endsWith('.pt'));
    expect(tensors).toHaveLength(count);
    await expectSame(caps, theirs, tensors);
    const added = (await listPaths(caps)).filter((path) => !before.has(path));
    expect(added.sort()).toEqual([...tensors, outcome.json].sort());
  });

  test('all of it together is the tree of the reference, name by name', async () => {
    const caps = await emptied();
    for (const [name, , sessions] of REFERENCE) {
      const extraction = { ...(await loadExtraction(theirs, name)), others: new Map() };
      await prepare(caps, extraction, sessions === undefined ? {} : { sessions });
    }
    const known = (await listPaths(theirs)).filter((path) => !path.includes('slice_default'));
    expect((await listPaths(caps)).sort()).toEqual(known.sort());
  });

  test('raw images of a BIDS folder', async () => {
    const caps = new MemoryTree('bids-caps');
    const source = await bidsAsCaps(folderTree(`${FIXTURES}/bids`));
    const index = await indexCaps(source);
    const extraction = makeExtraction({ pipeline: 't1' }, { mode: 'image' }, 'image');
    expect(await prepare(caps, extraction, { source, index })).toMatchObject({
      written: 2,
    });
    const reference = folderTree(`${FIXTURES}/bids-caps`);
    const paths = (await listPaths(caps)).sort();
    expect(paths).toEqual((await listPaths(reference)).sort());
    expect(await readText(caps, 'tensor_extraction/image.json')).toBe(
      await readText(reference, 'tensor_extraction/image.json'),
    );
    await expectSame(
      caps,
      reference,
      paths.filter((path) => path.endsWith('.pt')),
    );
  });
});

describe.skipIf(!hasShared)('real brains (needs ../shared, absent on most machines)', () => {
  const real = folderTree(join(SHARED, 'data/brains-3mm/caps'));
  const gold = (path: string) => {
    const [, participant = '', , , mode = '', ...rest] = path.split('/');
    return join(SHARED, 'gold/tensors', participant, mode, ...rest);
  };
  const sessions = ['sub-01', 'sub-03'].map((participant) => ({
    participant,
    session: 'ses-M000',
  }));

  test.each([
    ['image', 1],
    ['patch_features', 8],
    ['slice_features', 38],
    ['roi_features', 2],
  ])('tensors and JSON of %s are those of ClinicaDL', async (name, parts) => {
    const text = readFileSync(join(SHARED, `gold/tensor_extraction/${name}.json`), 'utf8');
    const theirs = new MemoryTree('gold', { [`tensor_extraction/${name}.json`]: text });
    const extraction = { ...(await loadExtraction(theirs, name)), others: new Map() };
    const written = new MemoryTree('caps');
    for await (const path of real.paths('masks')) {
      await written.write(path, await (await needFile(real, path)).bytes());
    }
    const index = await indexCaps(real);
    const outcome = await prepare(written, extraction, { source: real, index, sessions });
    expect(outcome.written).toBe(2 * parts);
    expect(await readText(written, outcome.json)).toBe(text);
    for await (const path of written.paths('subjects')) {
      expect(existsSync(gold(path)), path).toBe(true);
      const mine = await tensorAt(written, path);
      const other = readTorch(new Uint8Array(readFileSync(gold(path)))) as TorchTensor;
      expect(mine.shape).toEqual(other.shape);
      expect(Buffer.compare(mine.bytes, other.bytes), path).toBe(0);
    }
  });
});

const AFFINE = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const volume = (fill: number, shape: readonly [number, number, number] = [4, 4, 4]) => {
  const data = new Float32Array(shape[0] * shape[1] * shape[2]).fill(fill);
  data[1] = fill + 1;
  return niftiBytes({ data, shape, affine: AFFINE });
};
const path = (participant: string, name = 'X_T1w.nii.gz') =>
  `subjects/${participant}/ses-1/custom/${participant}_ses-1_${name}`;
const custom = (suffix = 'X_T1w.nii.gz', saved = true) =>
  makeExtraction(
    { pipeline: 'custom', suffix },
    { mode: 'patch', patchSize: 2, strideSize: 2 },
    'patches',
    saved,
  );

describe('tensors that are there already', () => {
  test('are kept when they hold the same numbers, and the same JSON stays', async () => {
    const caps = new MemoryTree('caps', { [path('sub-1')]: volume(1) });
    expect(await prepare(caps, custom())).toMatchObject({ written: 8, kept: 0 });
    expect(await prepare(caps, custom())).toMatchObject({ written: 0, kept: 8 });
  });

  test('are completed after an interruption', async () => {
    const caps = new MemoryTree('caps', { [path('sub-1')]: volume(1) });
    await prepare(caps, custom());
    const [gone = ''] = (await listPaths(caps)).filter((name) => name.endsWith('patch-3_T1w.pt'));
    await caps.remove(gone);
    expect(await prepare(caps, custom())).toMatchObject({ written: 1, kept: 7 });
  });

  test('are not touched when they hold others, unless asked', async () => {
    const caps = new MemoryTree('caps', { [path('sub-1')]: volume(1) });
    await prepare(caps, custom());
    await caps.write(path('sub-1'), volume(5));
    await expect(prepare(caps, custom())).rejects.toMatchObject({
      code: 'TENSOR_EXISTS',
      problem: { participant: 'sub-1', session: 'ses-1' },
    });
    expect(await prepare(caps, custom(), { overwrite: true })).toMatchObject({ written: 8 });
    expect(await prepare(caps, custom())).toMatchObject({ kept: 8 });
  });
});

describe('before anything is written', () => {
  const caps = () => new MemoryTree('caps', { [path('sub-1')]: volume(1) });

  test('a JSON of this name that says something else is refused', async () => {
    const tree = caps();
    await tree.write('tensor_extraction/patches.json', '{}');
    const refusal = { code: 'EXTRACTION_EXISTS' };
    await expect(prepare(tree, custom())).rejects.toMatchObject(refusal);
    expect(await listPaths(tree)).toHaveLength(2);
  });

  test('the same JSON is refused where no tensors are to be completed', async () => {
    const tree = caps();
    const extraction = custom('X_T1w.nii.gz', false);
    expect(await prepare(tree, extraction, { writeTensors: false })).toMatchObject({ written: 0 });
    await expect(prepare(tree, extraction, { writeTensors: false })).rejects.toMatchObject({
      code: 'EXTRACTION_EXISTS',
    });
  });

  test.each<[string, Extraction, string]>([
    [
      'a patch larger than the volume',
      { ...custom(), patchSize: 5 } as Extraction,
      'EXTRACTION_EMPTY',
    ],
    ['volumes that are not there', custom('Y_T1w.nii.gz'), 'CAPS_NO_VOLUME'],
    [
      'a region without a mask',
      makeExtraction(
        { pipeline: 'custom', suffix: 'X_T1w.nii.gz' },
        {
          ...{ mode: 'roi', regions: ['left'], uncropped: false },
          ...{ customTemplate: 'T', customMaskPattern: '' },
        },
        'roi',
      ),
      'CAPS_MASK',
    ],
  ])('%s is refused', async (_, extraction, code) => {
    const tree = caps();
    await expect(prepare(tree, extraction, { writeTensors: false })).rejects.toMatchObject({
      code,
    });
    expect(await listPaths(tree)).toEqual([path('sub-1')]);
  });

  test('a session of the table without a volume stops, or is left out by name', async () => {
    const tree = caps();
    const sessions = ['sub-1', 'sub-2'].map((participant) => ({ participant, session: 'ses-1' }));
    await expect(prepare(tree, custom(), { sessions })).rejects.toMatchObject({
      ...{ code: 'CAPS_NO_VOLUME', problem: { participant: 'sub-2' } },
    });
    const events: JobEvent[] = [];
    const more = { sessions, unreadable: 'leave-out' } as const;
    const outcome = await prepare(tree, custom(), more, (event) => events.push(event));
    expect(outcome).toMatchObject({ sessions: 1, written: 8 });
    expect(events).toContainEqual({
      kind: 'problem',
      problem: expect.objectContaining({ code: 'CAPS_NO_VOLUME', participant: 'sub-2' }),
    });
  });

  test('without a table only volumes are asked for, but two of them are one too many', async () => {
    const tree = new MemoryTree('caps', {
      ...{ [path('sub-1')]: volume(1), 'subjects/sub-2/ses-1/notes.txt': '' },
    });
    expect(await prepare(tree, custom())).toMatchObject({ sessions: 1 });
    await tree.write(path('sub-3', 'acq-a_X_T1w.nii.gz'), volume(1));
    await tree.write(path('sub-3', 'acq-b_X_T1w.nii.gz'), volume(1));
    const other = { ...custom(), name: 'other.json' };
    await expect(prepare(tree, other)).rejects.toMatchObject({ code: 'CAPS_SEVERAL_VOLUMES' });
  });
});

test('a damaged volume stops with its name, or is left out', async () => {
  const tree = new MemoryTree('caps', {
    [path('sub-1')]: volume(1),
    [path('sub-2')]: volume(1).slice(0, 400),
  });
  await expect(prepare(tree, custom())).rejects.toMatchObject({
    ...{ code: 'NIFTI_TRUNCATED', problem: { participant: 'sub-2', file: path('sub-2') } },
  });
  // The JSON comes last: it never speaks of tensors that are not there.
  expect(await tree.file('tensor_extraction/patches.json')).toBeUndefined();
  expect(await prepare(tree, custom(), { unreadable: 'leave-out' })).toMatchObject({ kept: 8 });
});

test('without tensors the JSON is all that is written', async () => {
  const tree = new MemoryTree('caps', { [path('sub-1')]: volume(1) });
  const extraction = custom('X_T1w.nii.gz', false);
  await prepare(tree, extraction, { writeTensors: false });
  expect(await listPaths(tree)).toEqual([path('sub-1'), 'tensor_extraction/patches.json']);
  expect(await readText(tree, 'tensor_extraction/patches.json')).toBe(extractionJson(extraction));
});

test('images are cut from tensors too where the volumes are gone', async () => {
  const caps = new MemoryTree('caps', { [path('sub-1')]: volume(3) });
  const suffix = 'X_T1w.nii.gz';
  const image = makeExtraction({ pipeline: 'custom', suffix }, { mode: 'image' }, 'image');
  await prepare(caps, image);
  await caps.remove(path('sub-1'));
  await prepare(caps, custom(suffix));
  const patch =
    'subjects/sub-1/ses-1/deeplearning_prepare_data/patch_based/custom/' +
    'sub-1_ses-1_X_patchsize-2_stride-2_patch-0_T1w.pt';
  const { data } = await readTensorVolume(await needFile(caps, patch));
  expect([...data]).toEqual([3, 4, 3, 3, 3, 3, 3, 3]);
});

test('can be stopped', async () => {
  const caps = new MemoryTree('caps', { [path('sub-1')]: volume(1), [path('sub-2')]: volume(1) });
  const abort = new AbortController();
  const index = await indexCaps(caps);
  const job = prepareData(
    {
      ...{ caps, capsDirectory: 'caps', source: caps, index, extraction: custom() },
      ...{ writeTensors: true, overwrite: false, atOnce: 1, unreadable: 'stop' },
    },
    { clock, signal: abort.signal },
  );
  await expect(follow(job, () => abort.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(await caps.file('tensor_extraction/patches.json')).toBeUndefined();
});
