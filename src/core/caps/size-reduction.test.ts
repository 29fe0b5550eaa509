import { expect, test } from 'vitest';
import { makeExtraction } from './extraction.ts';
import { elementShape } from './extract.ts';
import { elementGrid } from './element-grid.ts';
import { reduced, reducedShape, withReduction } from './size-reduction.ts';

const BRAIN = [169, 208, 179] as const;
const image = makeExtraction({ pipeline: 't1-linear', uncropped: false }, { mode: 'image' }, 'x');
const choice = (size_reduction_factor: number) => ({ size_reduction: true, size_reduction_factor });

// The shapes that ClinicaDL's documentation gives for the four factors.
test.each([
  [2, [80, 96, 80]],
  [3, [56, 64, 56]],
  [4, [40, 48, 40]],
  [5, [32, 40, 32]],
])('factor %i makes of a brain what ClinicaDL makes of it', (factor, shape) => {
  expect(reducedShape(BRAIN, factor)).toEqual(shape);
  expect(elementShape(BRAIN, withReduction(image, choice(factor)))).toEqual([1, ...shape]);
});

// First and last voxel of the slices in numpy: np.unravel_index of a[...].ravel()[0] and [-1], with
// a = np.arange(169 * 208 * 179).reshape(169, 208, 179).
test.each([
  [2, 'a[4:164:2, 8:200:2, 8:168:2]', [4, 8, 8], [162, 198, 166]],
  [3, 'a[0:168:3, 8:200:3, 4:172:3]', [0, 8, 4], [165, 197, 169]],
  [4, 'a[4:164:4, 8:200:4, 8:168:4]', [4, 8, 8], [160, 196, 164]],
  [5, 'a[4:164:5, 0:200:5, 8:168:5]', [4, 0, 8], [159, 195, 163]],
])('factor %i keeps the voxels of %s', (factor, _slices, first, last) => {
  const [, height, depth] = BRAIN;
  const position = ([x = 0, y = 0, z = 0]: readonly number[]) => (x * height + y) * depth + z;
  // Positions of a volume as its voxels; below 2^24 f32 holds them exactly.
  const data = Float32Array.from({ length: 169 * 208 * 179 }, (_, at) => at);
  const kept = reduced(data, BRAIN, factor);
  expect(kept[0]).toBe(position(first));
  expect(kept[1]).toBe(position(first) + factor);
  expect(kept.at(-1)).toBe(position(last));
  const [, rows = 0, planes = 0] = reducedShape(BRAIN, factor);
  expect(kept[planes]).toBe(position(first) + factor * depth);
  expect(kept[rows * planes]).toBe(position(first) + factor * depth * height);
});

test('of a smaller image there is as much as it has, like a slice in Python', () => {
  expect(reducedShape([44, 40, 36], 2)).toEqual([20, 16, 14]);
  expect(() => reducedShape([44, 8, 36], 2)).toThrow(/EXTRACTION_EMPTY.*44 x 8 x 36/);
});

test('a voxel of the reduced image lies where it lay, and is as many times larger', () => {
  const affine = [1, 0, 0, -84, 0, 1, 0, -100, 0, 0, 1, -80, 0, 0, 0, 1] as const;
  const grid = elementGrid({ shape: BRAIN, affine }, withReduction(image, choice(3)), 0);
  expect(grid.shape).toEqual([56, 64, 56]);
  expect(grid.affine).toEqual([3, 0, 0, -84, 0, 3, 0, -92, 0, 0, 3, -76, 0, 0, 0, 1]);
});

test('nothing is reduced unless asked for, and parts of images never', () => {
  const off = { size_reduction: false, size_reduction_factor: 2 };
  expect(withReduction(image, off)).toBe(image);
  const patches = makeExtraction(
    { pipeline: 't1-linear', uncropped: false },
    { mode: 'patch', patchSize: 50, strideSize: 50 },
    'x',
  );
  expect(withReduction(patches, off)).toBe(patches);
  expect(() => withReduction(patches, choice(2))).toThrow(/CONFIG_VALUE.*patch/);
});
