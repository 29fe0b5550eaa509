import { describe, expect, test } from 'vitest';
import { makeExtraction, type ModeOptions } from '../core/caps/extraction.ts';
import { isSound, surveyLines, type Survey } from '../core/caps/survey.ts';
import { tensorBytes } from '../core/caps/tensor-files.ts';
import { folderTree } from '../core/caps/testing/folder.ts';
import type { FileTree } from '../core/files/file-tree.ts';
import { MemoryTree } from '../core/files/memory-tree.ts';
import { niftiBytes } from '../core/nifti/write.ts';
import type { SessionKey } from '../core/tsv/sessions.ts';
import type { Affine, Shape3 } from '../core/volume.ts';
import { follow } from '../../tests/support/follow.ts';
import { survey } from './survey.ts';

const AFFINE: Affine = [2, 0, 0, -9, 0, 2, 0, -11, 0, 0, 2, -7, 0, 0, 0, 1];
const nifti = (shape: Shape3 = [4, 5, 6], affine = AFFINE) =>
  niftiBytes({ data: new Float32Array(shape[0] * shape[1] * shape[2]), shape, affine });
const path = (participant: string, name = 'X_T1w.nii.gz') =>
  `subjects/${participant}/ses-1/custom/${participant}_ses-1_${name}`;
const tensorPath = (participant: string) =>
  `subjects/${participant}/ses-1/deeplearning_prepare_data/image_based/custom/` +
  `${participant}_ses-1_X_T1w.pt`;
const keys = (...participants: string[]): SessionKey[] =>
  participants.map((participant) => ({ participant, session: 'ses-1' }));
const PATCH: ModeOptions = { mode: 'patch', patchSize: 3, strideSize: 2 };

function look(
  caps: FileTree,
  sessions?: readonly SessionKey[],
  mode: ModeOptions = { mode: 'image' },
): Promise<Survey> {
  const extraction = makeExtraction({ pipeline: 'custom', suffix: 'X_T1w.nii.gz' }, mode, 'x');
  const clock = { now: () => 0, elapsed: () => 0 };
  const context = { clock, signal: new AbortController().signal };
  return follow(survey({ caps, extraction, sessions }, context));
}

test('counts what is there, and what is cut out of it', async () => {
  const caps = new MemoryTree('caps', { [path('sub-1')]: nifti(), [path('sub-2')]: nifti() });
  const found = await look(caps, undefined, PATCH);
  expect(found).toMatchObject({
    ...{ participants: 2, sessions: 2, found: { nifti: 2, tensors: 0, parts: 0 } },
    ...{ missing: [], doubles: [], unreadable: [], problems: [] },
    elements: { count: 4, shape: [1, 3, 3, 3] },
  });
  expect(isSound(found)).toBe(true);
});

describe('is not sound, and says whom it concerns, when a volume', () => {
  test('is missing: with the nearest name', async () => {
    const caps = new MemoryTree('caps', {
      ...{ [path('sub-1')]: nifti(), [path('sub-2', 'Y_T1w.nii.gz')]: nifti() },
    });
    const found = await look(caps, keys('sub-1', 'sub-2', 'sub-01'));
    expect(isSound(found)).toBe(false);
    expect(found.missing).toEqual([
      { participant: 'sub-2', session: 'ses-1', nearest: path('sub-2', 'Y_T1w.nii.gz') },
      { participant: 'sub-01', session: 'ses-1', nearest: 'subjects/sub-1' },
    ]);
    expect(surveyLines(found)).toContain('missing     2');
    expect(surveyLines(found)).toContain('missing     sub-01/ses-1  nearest: subjects/sub-1');
  });

  test('is there twice', async () => {
    const files = ['acq-a_X_T1w.nii.gz', 'acq-b_X_T1w.nii.gz'].map((name) => path('sub-1', name));
    const caps = new MemoryTree('caps', Object.fromEntries(files.map((file) => [file, nifti()])));
    const found = await look(caps);
    expect(isSound(found)).toBe(false);
    expect(found.doubles).toEqual([{ participant: 'sub-1', session: 'ses-1', files }]);
    expect(surveyLines(found)).toContain(`double      sub-1/ses-1  ${files.join('  ')}`);
  });

  test('cannot be read', async () => {
    const caps = new MemoryTree('caps', {
      ...{ [path('sub-1')]: nifti(), [path('sub-2')]: 'no volume', [path('sub-3')]: '' },
    });
    const found = await look(caps);
    expect(isSound(found)).toBe(false);
    expect(found.unreadable.map(({ participant }) => participant)).toEqual(['sub-2', 'sub-3']);
    expect(surveyLines(found).join('\n')).toMatch(/unreadable {2}NIFTI_.*sub-2 > ses-1/);
  });

  test('has another shape than most', async () => {
    const caps = new MemoryTree('caps', {
      ...{ [path('sub-1')]: nifti([4, 5, 7]), [path('sub-2')]: nifti(), [path('sub-3')]: nifti() },
    });
    const found = await look(caps);
    expect(isSound(found)).toBe(false);
    expect(found.groups.map(({ shape, volumes }) => [shape.join(), volumes.length])).toEqual([
      ['4,5,6', 2],
      ['4,5,7', 1],
    ]);
    expect(found.problems).toMatchObject([
      { code: 'CAPS_SHAPES_DIFFER', expected: '4 x 5 x 6, as 2 volumes', found: '4 x 5 x 7 (1)' },
    ]);
    const lines = surveyLines(found);
    expect(lines).toContain(`            ${path('sub-1')}`);
    expect(lines.find((line) => line.includes('4 x 5 x 6 voxels'))).toMatch(
      /^ +2 {2}4 x 5 x 6 voxels of 2 x 2 x 2 mm, RAS, first voxel at -9, -11, -7 mm$/,
    );
  });

  test.each<[string, ModeOptions, string]>([
    ['is smaller than a patch', { mode: 'patch', patchSize: 5, strideSize: 1 }, 'EXTRACTION_EMPTY'],
    [
      'has no mask for a region',
      {
        ...{ mode: 'roi', regions: ['left'], uncropped: false },
        ...{ customTemplate: 'T', customMaskPattern: '' },
      },
      'CAPS_MASK',
    ],
  ])('%s', async (_, mode, code) => {
    const found = await look(new MemoryTree('caps', { [path('sub-1')]: nifti() }), undefined, mode);
    expect(isSound(found)).toBe(false);
    expect(found.elements).toBeUndefined();
    expect(found.problems).toMatchObject([{ code }]);
  });

  test('has another shape than the mask of its region', async () => {
    const mask = 'masks/tpl-T/tpl-T_roi-left_mask.nii';
    const ones = { data: new Float32Array(8).fill(1), shape: [2, 2, 2] as const, affine: AFFINE };
    const caps = new MemoryTree('caps', { [path('sub-1')]: nifti(), [mask]: niftiBytes(ones) });
    const mode: ModeOptions = {
      ...{ mode: 'roi', regions: ['left'], uncropped: false },
      ...{ customTemplate: 'T', customMaskPattern: '' },
    };
    const found = await look(caps, undefined, mode);
    expect(found.problems).toMatchObject([{ code: 'CAPS_MASK', found: '2 x 2 x 2' }]);
  });
});

describe('is sound all the same, with a word about it, when', () => {
  test('a volume of the same shape lies elsewhere', async () => {
    const moved = AFFINE.map((value, at) => (at === 3 ? value + 3 : value));
    const caps = new MemoryTree('caps', {
      ...{ [path('sub-1')]: nifti(), [path('sub-2')]: nifti([4, 5, 6], moved) },
    });
    const found = await look(caps);
    expect(found.groups).toHaveLength(2);
    expect(found.problems).toMatchObject([{ code: 'CAPS_AFFINES_DIFFER', severity: 'warning' }]);
    expect(isSound(found)).toBe(true);
  });

  test('a tensor stands in for a volume', async () => {
    const element = { data: new Float32Array(120), shape: [1, 4, 5, 6] };
    const caps = new MemoryTree('caps', {
      ...{ [path('sub-1')]: nifti(), [tensorPath('sub-2')]: tensorBytes(element, 'x') },
    });
    const found = await look(caps);
    expect(found.found).toEqual({ nifti: 1, tensors: 1, parts: 0 });
    expect(surveyLines(found).join('\n')).toContain('1 image tensors');
    expect(surveyLines(found).join('\n')).toContain('place unknown');
    expect(found.problems).toEqual([]);
    expect(isSound(found)).toBe(true);
  });

  test('a folder has a wrong name', async () => {
    const caps = new MemoryTree('caps', { [path('sub-1')]: nifti(), [path('patient')]: nifti() });
    const found = await look(caps);
    expect(found.problems).toMatchObject([{ code: 'CAPS_ID' }]);
    expect(isSound(found)).toBe(true);
  });
});

describe('a session with saved parts alone', () => {
  const part = (participant: string, index: number) =>
    `subjects/${participant}/ses-1/deeplearning_prepare_data/patch_based/custom/` +
    `${participant}_ses-1_X_patchsize-3_stride-2_patch-${index}_T1w.pt`;
  const patches = (participant: string, count: number, size = 3) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => {
        const element = { data: new Float32Array(size ** 3), shape: [1, size, size, size] };
        return [part(participant, index), tensorBytes(element, 'x')];
      }),
    );

  test('is as good as one with a volume when it has as many of the same size', async () => {
    const caps = new MemoryTree('caps', { [path('sub-1')]: nifti(), ...patches('sub-2', 4) });
    const found = await look(caps, undefined, PATCH);
    expect(found.found).toEqual({ nifti: 1, tensors: 0, parts: 1 });
    expect(isSound(found)).toBe(true);
    expect(surveyLines(found)).toContain('found       2 (1 NIfTI, 1 saved parts only)');
  });

  test('says what it has when there is no volume at all', async () => {
    const found = await look(new MemoryTree('caps', patches('sub-2', 5)), undefined, PATCH);
    expect(found.elements).toEqual({ count: 5, shape: [1, 3, 3, 3] });
    expect(isSound(found)).toBe(true);
  });

  test.each([
    ['too few', patches('sub-2', 3)],
    ['others than their names say', patches('sub-2', 4, 2)],
    ['no tensors', { ...patches('sub-2', 4), [part('sub-2', 0)]: 'text' }],
  ])('is told when they are %s', async (_, files) => {
    const caps = new MemoryTree('caps', { [path('sub-1')]: nifti(), ...files });
    const found = await look(caps, undefined, PATCH);
    expect(found.unreadable).toMatchObject([{ participant: 'sub-2', file: part('sub-2', 0) }]);
    expect(isSound(found)).toBe(false);
  });
});

test('reads the beginning of a volume and no more', async () => {
  const bytes = nifti([100, 100, 100]);
  let read = 0;
  const piece = (start: number, end: number) => {
    const part = bytes.slice(start, end);
    read += part.length;
    return part;
  };
  const caps: FileTree = {
    name: 'caps',
    async *paths() {
      yield path('sub-1');
    },
    async file(name) {
      let at = 0;
      const stream = () =>
        new ReadableStream<Uint8Array<ArrayBuffer>>(
          {
            pull(controller) {
              controller.enqueue(piece(at, at + 65_536));
              at += 65_536;
              if (at >= bytes.length) controller.close();
            },
          },
          { highWaterMark: 0 },
        );
      return {
        path: name,
        size: async () => bytes.length,
        stream: async () => stream(),
        bytes: async (start = 0, end = bytes.length) => piece(start, end),
      };
    },
  };
  expect((await look(caps)).groups[0]?.shape).toEqual([100, 100, 100]);
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(bytes.length / 10);
});

test('the CAPS of the reference is sound for each of its volumes', async () => {
  const caps = folderTree('tests/fixtures/tensors/caps');
  const extraction = makeExtraction(
    { pipeline: 't1-linear', uncropped: false },
    { mode: 'slice', direction: 2, channels: 'rgb', discarded: [2] },
    'x',
  );
  const clock = { now: () => 0, elapsed: () => 0 };
  const context = { clock, signal: new AbortController().signal };
  const found = await follow(survey({ caps, extraction }, context));
  expect(found).toMatchObject({ sessions: 2, elements: { count: 3, shape: [3, 9, 11] } });
  expect(isSound(found)).toBe(true);
});
