/** The elements of an experiment from NIfTI, from tensors, from saved parts, and from several CAPS. */
import { describe, expect, test } from 'vitest';
import { loadExtraction } from '../../core/caps/extraction-file.ts';
import { makeExtraction, type Extraction, type ModeOptions } from '../../core/caps/extraction.ts';
import { indexCaps } from '../../core/caps/index.ts';
import { folderTree } from '../../core/caps/testing/folder.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { listPaths, needFile } from '../../core/files/read.ts';
import { unionTree } from '../../core/files/union-tree.ts';
import { niftiBytes } from '../../core/nifti/write.ts';
import { stream } from '../../core/random/philox.ts';
import { follow } from '../../../tests/support/follow.ts';
import type { JobEvent } from '../events.ts';
import { prepareData } from '../prepare.ts';
import { openCohort, type Cohort, type CohortRequest } from './cohort.ts';
import type { CapsElements } from './elements.ts';

const context = {
  clock: { now: () => 0, elapsed: () => 0 },
  signal: new AbortController().signal,
};
const SHAPE = [8, 9, 10] as const;
const AFFINE = [2, 0, 0, -8, 0, 2, 0, -9, 0, 0, 2, -10, 0, 0, 0, 1];
const SUFFIX = 'desc-Own_T1w.nii.gz';
const MASK = 'masks/tpl-T/tpl-T_res-2x2x2_roi-low_mask.nii.gz';
const ROI = { mode: 'roi', regions: ['low'], customTemplate: 'T', customMaskPattern: '' } as const;
const MODES: readonly ModeOptions[] = [
  { mode: 'image' },
  { mode: 'patch', patchSize: 4, strideSize: 3 },
  { mode: 'slice', direction: 0, channels: 'rgb', discarded: [1, 2] },
  { mode: 'slice', direction: 1, channels: 'single', discarded: [3] },
  { ...ROI, uncropped: false },
  { ...ROI, uncropped: true },
];
const place = (participant: string) =>
  `subjects/${participant}/ses-1/custom/${participant}_ses-1_${SUFFIX}`;
const key = (participant: string, cohort?: string) => ({
  ...{ participant, session: 'ses-1', code: 0 },
  ...(cohort === undefined ? {} : { cohort }),
});

function volume(seed: number, shape: readonly [number, number, number] = SHAPE) {
  const random = stream(11, 'cohort', seed);
  const data = Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, at) =>
    at === 17 ? NaN : 900 * random.uniform() - 100,
  );
  return niftiBytes({ data, shape, affine: AFFINE });
}

async function capsOf(seeds: Readonly<Record<string, number>>): Promise<MemoryTree> {
  const caps = new MemoryTree('caps');
  for (const [participant, seed] of Object.entries(seeds)) {
    await caps.write(place(participant), volume(seed));
  }
  const mask = Float32Array.from({ length: 720 }, (_, at) => (at % 10 < 4 && at % 90 > 9 ? 1 : 0));
  await caps.write(MASK, niftiBytes({ data: mask, shape: SHAPE, affine: AFFINE }));
  return caps;
}

const extractionOf = (mode: ModeOptions, saved = false): Extraction =>
  makeExtraction({ pipeline: 'custom', suffix: SUFFIX }, mode, 'x', saved);

function open(request: Partial<CohortRequest> & Pick<CohortRequest, 'caps' | 'extraction'>) {
  const events: JobEvent[] = [];
  const sessions = request.sessions ?? [key('sub-1'), key('sub-2')];
  const job = openCohort({ unreadable: 'stop', ...request, sessions }, context);
  return { events, cohort: follow(job, (event) => events.push(event)) };
}

async function bitsOf(elements: CapsElements): Promise<number[][]> {
  const all: number[][] = [];
  for (let index = 0; index < elements.count; index += 1) {
    all.push([...new Uint32Array((await elements.load(index)).slice().buffer)]);
  }
  return all;
}

async function expectSame(one: Cohort, other: Cohort) {
  expect(other.inputSize).toEqual(one.inputSize);
  expect(other.partsPerImage).toBe(one.partsPerImage);
  for (const normalize of [true, false]) {
    const [first, second] = [one, other].map((cohort) =>
      cohort.elements([key('sub-1'), key('sub-2')], normalize),
    ) as [CapsElements, CapsElements];
    expect(second.shape).toEqual(first.shape);
    expect(await bitsOf(second)).toEqual(await bitsOf(first));
  }
}

/** @returns the CAPS with tensors of this extraction instead of its volumes */
async function withTensors(caps: MemoryTree, extraction: Extraction): Promise<MemoryTree> {
  const tensors = new MemoryTree('caps');
  for (const path of await listPaths(caps)) {
    await tensors.write(path, await (await needFile(caps, path)).bytes());
  }
  const index = await indexCaps(tensors);
  const request = { caps: tensors, capsDirectory: 'caps', source: tensors, index, extraction };
  await follow(
    prepareData(
      { ...request, writeTensors: true, overwrite: false, atOnce: 1, unreadable: 'stop' },
      context,
    ),
  );
  for (const participant of ['sub-1', 'sub-2']) await tensors.remove(place(participant));
  return tensors;
}

describe.each(MODES)('elements of %j are the same bits', (mode) => {
  test('from image tensors as from NIfTI', async () => {
    const caps = await capsOf({ 'sub-1': 1, 'sub-2': 2 });
    const extraction = extractionOf(mode);
    const tensors = await withTensors(caps, extractionOf({ mode: 'image' }));
    await expectSame(
      await open({ caps, extraction }).cohort,
      await open({ caps: tensors, extraction }).cohort,
    );
  });

  test('from saved parts as from NIfTI', async () => {
    const caps = await capsOf({ 'sub-1': 1, 'sub-2': 2 });
    const extraction = extractionOf(mode, mode.mode !== 'image');
    const tensors = await withTensors(caps, extraction);
    const whole = await open({ caps, extraction }).cohort;
    await expectSame(whole, await open({ caps: tensors, extraction }).cohort);
    if (mode.mode === 'image') return;
    // One session with a volume, one with parts alone.
    await tensors.write(place('sub-1'), volume(1));
    await expectSame(whole, await open({ caps: tensors, extraction }).cohort);
  });
});

describe('tensors that ClinicaDL wrote', () => {
  const real = folderTree('tests/fixtures/tensors/caps');
  const without = (isGone: (path: string) => boolean): FileTree => ({
    name: real.name,
    async *paths(folder) {
      for await (const path of real.paths(folder)) if (!isGone(path)) yield path;
    },
    file: (path) => (isGone(path) ? Promise.resolve(undefined) : real.file(path)),
  });
  const sessions = [{ participant: 'sub-T01', session: 'ses-M000', code: 0 }];

  test.each(['image', 'patch', 'slice_axial', 'slice_coronal', 'roi', 'roi_whole', 'pet', 'flair'])(
    'give the elements of %s that their volumes give',
    async (name) => {
      const extraction = await loadExtraction(real, name);
      const isOther = (path: string) =>
        path.includes('.nii') || (extraction.mode !== 'image' && path.includes('image_based'));
      const alone = without((path) => path.startsWith('subjects/') && isOther(path));
      const whole = without((path) => path.endsWith('.pt'));
      const [first, second] = await Promise.all(
        [whole, alone].map((caps) => open({ caps, extraction, sessions }).cohort),
      );
      const bits = await bitsOf((first as Cohort).elements(sessions, true));
      expect(bits.length).toBeGreaterThan(0);
      expect(await bitsOf((second as Cohort).elements(sessions, true))).toEqual(bits);
    },
  );
});

describe('saved parts', () => {
  const PATCH = extractionOf({ mode: 'patch', patchSize: 4, strideSize: 3 }, true);

  test('of another number than those of the others are refused, or left out', async () => {
    const caps = await capsOf({ 'sub-1': 1 });
    await caps.write(place('sub-2'), volume(2, [11, 9, 10]));
    const tensors = await withTensors(caps, PATCH);
    await expect(open({ caps: tensors, extraction: PATCH }).cohort).rejects.toMatchObject({
      ...{ code: 'TENSOR_SHAPE', problem: { participant: 'sub-2' } },
    });
    const request = { caps: tensors, extraction: PATCH, unreadable: 'leave-out' as const };
    const cohort = await open(request).cohort;
    expect([cohort.isUsable(key('sub-1')), cohort.isUsable(key('sub-2'))]).toEqual([true, false]);
  });

  test('that are damaged are named', async () => {
    const tensors = await withTensors(await capsOf({ 'sub-1': 1, 'sub-2': 2 }), PATCH);
    const paths = (await listPaths(tensors)).filter((path) => path.includes('sub-2_ses-1'));
    const first = paths.find((path) => path.includes('patch-0')) ?? '';
    await tensors.write(first, 'nothing');
    await expect(open({ caps: tensors, extraction: PATCH }).cohort).rejects.toMatchObject({
      ...{ code: 'TORCH_FORMAT', problem: { participant: 'sub-2', file: first } },
    });
  });

  test('of regions need no mask', async () => {
    const roi = extractionOf({ ...ROI, uncropped: false }, true);
    const tensors = await withTensors(await capsOf({ 'sub-1': 1, 'sub-2': 2 }), roi);
    await tensors.remove('masks');
    const cohort = await open({ caps: tensors, extraction: roi }).cohort;
    expect(cohort.inputSize).toEqual([1, 8, 8, 4]);
  });
});

describe('several CAPS', () => {
  const both = async (first: Record<string, number>, second: Record<string, number>) =>
    unionTree(
      'both',
      new Map([
        ['A', await capsOf(first)],
        ['B', await capsOf(second)],
      ]),
    );
  const cohorts = ['A', 'B'];
  const extraction = extractionOf({ mode: 'image' });

  test('give each session its own volume, also where ids are the same', async () => {
    const caps = await both({ 'sub-1': 1 }, { 'sub-1': 2, 'sub-2': 3 });
    const sessions = [key('sub-1', 'A'), key('sub-1', 'B'), key('sub-2', 'B')];
    const cohort = await open({ caps, cohorts, extraction, sessions }).cohort;
    const elements = cohort.elements(sessions, true);
    const alone = await open({
      ...{ extraction, caps: await capsOf({ 'sub-1': 1, 'sub-2': 2, 'sub-3': 3 }) },
      sessions: ['sub-1', 'sub-2', 'sub-3'].map((participant) => key(participant)),
    }).cohort;
    const expected = ['sub-1', 'sub-2', 'sub-3'].map((participant) => key(participant));
    expect(await bitsOf(elements)).toEqual(await bitsOf(alone.elements(expected, true)));
    expect(elements.headCount).toEqual({ participants: 3, sessions: 3 });
    expect(elements.session(1)).toMatchObject({ cohort: 'B', path: `B/${place('sub-1')}` });
  });

  test('say in which cohort a volume is missing, and leave that one out alone', async () => {
    const caps = await both({ 'sub-1': 1 }, { 'sub-2': 2 });
    const sessions = [key('sub-1', 'A'), key('sub-1', 'B'), key('sub-2', 'B')];
    await expect(open({ caps, cohorts, extraction, sessions }).cohort).rejects.toThrow(
      /CAPS_NO_VOLUME.*\[B > sub-1 > ses-1\]/,
    );
    const more = { unreadable: 'leave-out' as const };
    const cohort = await open({ caps, cohorts, extraction, sessions, ...more }).cohort;
    expect(sessions.map((session) => cohort.isUsable(session))).toEqual([true, false, true]);
  });

  test('must not have the same ids where parts vote for their session', async () => {
    const caps = await both({ 'sub-1': 1 }, { 'sub-1': 2, 'sub-2': 3 });
    const sessions = [key('sub-1', 'A'), key('sub-1', 'B')];
    const patches = extractionOf({ mode: 'patch', patchSize: 4, strideSize: 3 });
    await expect(
      open({ caps, cohorts, extraction: patches, sessions }).cohort,
    ).rejects.toMatchObject({
      ...{ code: 'COHORT_IDS', problem: { found: 'sub-1/ses-1 in A and in B' } },
    });
    const others = [key('sub-1', 'A'), key('sub-2', 'B')];
    const cohort = await open({ caps, cohorts, extraction: patches, sessions: others }).cohort;
    expect(cohort.partsPerImage).toBe(12);
  });

  test('of different shapes are refused by the session', async () => {
    const a = await capsOf({ 'sub-1': 1, 'sub-2': 2 });
    const b = new MemoryTree('odd', { [place('sub-1')]: volume(3, [8, 9, 11]) });
    const caps = unionTree(
      'both',
      new Map([
        ['A', a],
        ['B', b],
      ]),
    );
    const sessions = [key('sub-1', 'A'), key('sub-2', 'A'), key('sub-1', 'B')];
    await expect(open({ caps, cohorts, extraction, sessions }).cohort).rejects.toMatchObject({
      ...{ code: 'CAPS_SHAPES_DIFFER', problem: { file: `B/${place('sub-1')}` } },
    });
    const more = { unreadable: 'leave-out' as const };
    const cohort = await open({ caps, cohorts, extraction, sessions, ...more }).cohort;
    expect(sessions.map((session) => cohort.isUsable(session))).toEqual([true, true, false]);
  });

  test('share the masks of the first, and must not have others', async () => {
    const roi = extractionOf({ ...ROI, uncropped: false });
    const [a, b] = [await capsOf({ 'sub-1': 1 }), await capsOf({ 'sub-2': 2 })];
    const caps = unionTree(
      'both',
      new Map([
        ['A', a],
        ['B', b],
      ]),
    );
    const request = {
      caps,
      cohorts,
      extraction: roi,
      sessions: [key('sub-1', 'A'), key('sub-2', 'B')],
    };
    expect((await open(request).cohort).inputSize).toEqual([1, 8, 8, 4]);
    await b.remove('masks');
    expect((await open(request).cohort).inputSize).toEqual([1, 8, 8, 4]);
    const other = { data: new Float32Array(720).fill(1), shape: SHAPE, affine: AFFINE };
    await b.write(MASK, niftiBytes(other));
    await expect(open(request).cohort).rejects.toMatchObject({ code: 'CAPS_MASK' });
    await a.remove('masks');
    await b.remove('masks');
    await expect(open(request).cohort).rejects.toMatchObject({ code: 'CAPS_MASK' });
  });

  test('that are none are named', async () => {
    const caps = unionTree(
      'both',
      new Map([
        ['A', await capsOf({ 'sub-1': 1 })],
        ['B', new MemoryTree('photos', { 'a.jpg': '' })],
      ]),
    );
    const sessions = [key('sub-1', 'A'), key('sub-1', 'B')];
    await expect(open({ caps, cohorts, extraction, sessions }).cohort).rejects.toThrow(
      /CAPS_NOT_CAPS.*\[B >/,
    );
  });
});

test('a session that nobody has is refused with the nearest name', async () => {
  const caps = await capsOf({ 'sub-1': 1 });
  const sessions = [key('sub-01'), key('sub-1')];
  await expect(
    open({ caps, extraction: extractionOf({ mode: 'image' }), sessions }).cohort,
  ).rejects.toMatchObject({
    ...{ code: 'CAPS_NO_VOLUME', problem: { found: 'none; the nearest is subjects/sub-1' } },
  });
});
