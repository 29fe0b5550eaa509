import { expect, test } from 'vitest';
import { transformPoint } from '../nifti/matrix.ts';
import type { Affine, Shape3, Volume } from '../volume.ts';
import { middlePlanes } from './middle-planes.ts';

/** A volume whose value is a sum of millimetres: 1 x + 100 y + 10,000 z. */
function ramp(shape: Shape3, affine: Affine): Volume {
  const data = Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, at) => {
    const k = at % shape[2];
    const j = Math.floor(at / shape[2]) % shape[1];
    const i = Math.floor(at / (shape[1] * shape[2]));
    const [x, y, z] = transformPoint(affine, [i, j, k]);
    return x + 100 * y + 10_000 * z;
  });
  return { data, shape, affine };
}

const straight: Affine = [2, 0, 0, -8, 0, 2, 0, -9, 0, 0, 2, -6, 0, 0, 0, 1];
/** Stored from front to back, left to right, head to foot. */
const turned: Affine = [0, 2, 0, -8, -3, 0, 0, 9, 0, 0, -1.5, 6, 0, 0, 0, 1];

test.each([
  ['in the axes of the scanner', [9, 10, 7], straight, 9, 10, 7],
  ['stored in another order', [7, 9, 9], turned, 9, 7, 9],
] as const)(
  'planes of a volume %s have their names and directions',
  (_name, shape, affine, x, y, z) => {
    const planes = middlePlanes(ramp(shape, affine));
    expect(planes.map(({ plane, width, height }) => [plane, width, height])).toEqual([
      ['sagittal', y, z],
      ['coronal', x, z],
      ['axial', x, y],
    ]);
    // A pixel to the right and a pixel up: backwards to the front, left to right, foot to head.
    const steps = planes.map(({ values, width, height }) => [
      (values[1] ?? NaN) - (values[0] ?? NaN),
      (values[0] ?? NaN) - (values[width] ?? NaN),
      (values[width * (height - 1)] ?? NaN) < (values[0] ?? NaN),
    ]);
    const [dx, dy, dz] = affine === straight ? [2, 200, 20_000] : [2, 300, 15_000];
    expect(steps).toEqual([
      [dy, dz, true],
      [dx, dz, true],
      [dx, dy, true],
    ]);
  },
);

test('every value is one of the array, from its middle', () => {
  const volume = ramp([9, 10, 7], straight);
  const [sagittal, , axial] = middlePlanes(volume);
  // Index 4 of 9 lies at 0 mm, index 3 of 7 at 0 mm.
  expect(sagittal?.values.every((value) => Math.abs(value % 100) < 1e-6)).toBe(true);
  expect(axial?.values.every((value) => Math.abs(value) < 1500)).toBe(true);
});

test('a pixel is as high as its voxel', () => {
  const [sagittal, coronal, axial] = middlePlanes(ramp([7, 9, 9], turned));
  expect(sagittal?.pixelRatio).toBeCloseTo(0.5);
  expect(coronal?.pixelRatio).toBeCloseTo(0.75);
  expect(axial?.pixelRatio).toBeCloseTo(1.5);
});

test('a slice is one picture', () => {
  expect(middlePlanes(ramp([1, 10, 7], straight)).map(({ plane }) => plane)).toEqual(['sagittal']);
  expect(middlePlanes(ramp([9, 10, 1], straight)).map(({ plane }) => plane)).toEqual(['axial']);
});
