import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { needFile } from '../files/read.ts';
import { readVolume } from '../nifti/read.ts';
import type { Shape3, Volume } from '../volume.ts';
import { elementCount, elementShape, extractElement } from './extract.ts';
import type { ModeOptions } from './extraction.ts';
import reference from './fixtures/elements.json' with { type: 'json' };
import { normalise } from './normalise.ts';
import { regionMask, type RegionMask } from './regions.ts';
import { folderTree, SYNTHETIC } from './testing/folder.ts';

const AFFINE = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const filled = (shape: Shape3, value: (x: number, y: number, z: number) => number): Volume => {
  const [nx, ny, nz] = shape;
  const data = new Float32Array(nx * ny * nz);
  data.forEach((_, at) => {
    const line = Math.floor(at / nz);
    data[at] = value(Math.floor(line / ny), line % ny, at % nz);
  });
  return { data, shape, affine: AFFINE };
};

async function synthetic(): Promise<Volume> {
  const path =
    'subjects/sub-SYN300/ses-M000/t1_linear/' +
    'sub-SYN300_ses-M000_space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w.nii.gz';
  return (await readVolume(await needFile(folderTree(`${SYNTHETIC}/caps`), path))).volume;
}

const slice = (direction: 0 | 1 | 2, ...discarded: number[]): ModeOptions => ({
  mode: 'slice',
  direction,
  channels: 'single',
  discarded,
});
const patch = (patchSize: number, strideSize: number): ModeOptions => ({
  mode: 'patch',
  patchSize,
  strideSize,
});
const roi = (uncropped: boolean, ...regions: string[]): ModeOptions => ({
  mode: 'roi',
  regions,
  uncropped,
  customTemplate: '',
  customMaskPattern: '',
});

const between = (value: number, low: number, high: number) => value >= low && value <= high;
const MASKS: Record<string, (x: number, y: number, z: number) => boolean> = {
  ball: (x, y, z) => (x - 10) ** 2 + (y - 12) ** 2 + (z - 14) ** 2 <= 36,
  boxes: (x, y, z) =>
    (between(x, 3, 6) || between(x, 20, 22)) && between(y, 5, 9) && between(z, 30, 33),
};
const maskOf = (name: string, shape: Shape3): RegionMask =>
  regionMask(
    filled(shape, (x, y, z) => Number(MASKS[name]?.(x, y, z))),
    `${name}_mask.nii.gz`,
  );

const CASES: [keyof typeof reference.cases, ModeOptions, string?][] = [
  ['image', { mode: 'image' }],
  ['image with a hole', { mode: 'image' }],
  ['patch 17/9', patch(17, 9)],
  ['patch 36/50', patch(36, 50)],
  ['slice 0 single 8/9', slice(0, 8, 9)],
  ['slice 1 single 8/9', slice(1, 8, 9)],
  ['slice 2 single 8/9', slice(2, 8, 9)],
  ['slice 1 rgb 2/2', { mode: 'slice', direction: 1, channels: 'rgb', discarded: [2] }],
  ['roi ball cropped', roi(false, 'ball'), 'ball'],
  ['roi ball uncropped', roi(true, 'ball'), 'ball'],
  ['roi boxes cropped', roi(false, 'boxes'), 'boxes'],
  ['roi boxes uncropped', roi(true, 'boxes'), 'boxes'],
];

describe('a synthetic volume', () => {
  test.each(CASES)('is cut as PyTorch cuts it: %s', async (name, options, mask) => {
    const volume = await synthetic();
    if (name.startsWith('roi')) volume.data.forEach((value, at) => (volume.data[at] = value - 100));
    if (name.endsWith('hole')) {
      volume.data[0] = NaN;
      volume.data[(1 * 40 + 2) * 36 + 3] = -7.25;
    }
    const masks = mask === undefined ? [] : [maskOf(mask, volume.shape)];
    const [raw, normalised] = [createHash('sha256'), createHash('sha256')];
    const count = elementCount(volume.shape, options);
    for (let index = 0; index < count; index += 1) {
      const element = extractElement(volume, options, index, masks);
      expect(element.shape).toEqual(reference.cases[name].shape);
      raw.update(element.data);
      normalised.update(normalise(element.data).data);
    }
    expect({
      count,
      shape: elementShape(volume.shape, options, masks),
      // A NaN has many bit patterns: with one, only the normalised values can be compared.
      raw: name.endsWith('hole') ? reference.cases[name].raw : raw.digest('hex'),
      normalised: normalised.digest('hex'),
    }).toEqual(reference.cases[name]);
  });
});

test('a cropped t1-linear volume has 36 patches of 50 voxels', () => {
  expect(elementCount([169, 208, 179], patch(50, 50))).toBe(36);
});

test('one number of discarded slices counts for both ends', () => {
  expect(elementCount([10, 11, 12], slice(2, 3))).toBe(6);
});

test.each([
  ['a patch larger than the volume', patch(11, 1)],
  ['all slices discarded', slice(0, 5, 5)],
])('refuses %s', (_, options) => {
  const run = () =>
    extractElement(
      filled([10, 10, 10], () => 1),
      options,
      0,
    );
  expect(run).toThrow(/EXTRACTION_EMPTY/);
});

test('refuses an index beyond the last element', () => {
  const volume = filled([4, 4, 4], () => 1);
  expect(() => extractElement(volume, patch(2, 2), 8)).toThrow(RangeError);
  expect(() => extractElement(volume, patch(2, 2), -1)).toThrow(RangeError);
});

test('refuses a mask that is missing or of another shape', () => {
  const volume = filled([4, 4, 4], () => 1);
  expect(() => extractElement(volume, roi(false, 'ball'), 0)).toThrow(/CAPS_MASK.*region ball/);
  const other = regionMask(
    filled([4, 4, 5], () => 1),
    'm.nii',
  );
  expect(() => extractElement(volume, roi(false, 'ball'), 0, [other])).toThrow(/4 x 4 x 5/);
});
