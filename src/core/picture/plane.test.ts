import { expect, test } from 'vitest';
import { transformPoint, type Vector3 } from '../nifti/matrix.ts';
import type { Affine, Shape3, Volume } from '../volume.ts';
import {
  axisThrough,
  boxOf,
  edgeLetters,
  frameAround,
  middleOf,
  pixelOf,
  placeOf,
  PLANES,
  samplePlane,
} from './plane.ts';

/** A volume whose value is a sum of millimetres: 1 x + 100 y + 10,000 z. */
function ramp(shape: Shape3, affine: Affine): Volume {
  const data = new Float32Array(shape[0] * shape[1] * shape[2]);
  let at = 0;
  for (let i = 0; i < shape[0]; i++) {
    for (let j = 0; j < shape[1]; j++) {
      for (let k = 0; k < shape[2]; k++) {
        data[at] = said(transformPoint(affine, [i, j, k]));
        at += 1;
      }
    }
  }
  return { data, shape, affine };
}
const said = ([x, y, z]: Vector3): number => x + 100 * y + 10_000 * z;

const straight: Affine = [2, 0, 0, -8, 0, 2, 0, -9, 0, 0, 2, -6, 0, 0, 0, 1];
/** Stored from front to back, left to right, head to foot: axes A-P, L-R, S-I. */
const turned: Affine = [0, 2, 0, -8, -3, 0, 0, 9, 0, 0, -1.5, 6, 0, 0, 0, 1];
/** Turned by 20 degrees about the left-right axis. */
const [c, s] = [Math.cos(0.349), Math.sin(0.349)];
const oblique: Affine = [2, 0, 0, -8, 0, 2 * c, -2 * s, -5, 0, 2 * s, 2 * c, -8, 0, 0, 0, 1];

test.each([
  ['in the axes of the scanner', [9, 10, 7], straight],
  ['stored in another order, with unequal voxels', [7, 9, 9], turned],
  ['oblique', [9, 10, 8], oblique],
] as const)('a pixel has the value of its place, of a volume %s', (_name, shape, affine) => {
  const volume = ramp(shape, affine);
  const middle = middleOf(volume);
  for (const plane of PLANES) {
    for (const radiological of [false, true]) {
      const size = { width: 24, height: 20 };
      const frame = { ...frameAround(volume, plane, middle, size), radiological };
      const pixels = samplePlane(volume, frame);
      const inside = [...pixels.keys()].filter((at) => !Number.isNaN(pixels[at]));
      expect(inside.length).toBeGreaterThan(40);
      for (const at of inside) {
        const place = placeOf(frame, at % 24, Math.floor(at / 24));
        // At the rim the last half voxel keeps the value of its centre.
        const error = Math.abs((pixels[at] ?? NaN) - said(place));
        expect(error).toBeLessThan(1.01 * said([1, 1.5, 1]));
      }
      const [column, row] = pixelOf(frame, middle).map(Math.round) as [number, number];
      const value = pixels[row * 24 + column] ?? NaN;
      expect(value / said(placeOf(frame, column, row))).toBeCloseTo(1, 4);
    }
  }
});

test('left is on the left, and on the right where radiologists want it', () => {
  const volume = ramp([9, 10, 7], straight);
  const frame = frameAround(volume, 'axial', [0, 0, 0], { width: 17, height: 17 });
  expect(placeOf(frame, 0, 8)[0]).toBeLessThan(0);
  expect(placeOf({ ...frame, radiological: true }, 0, 8)[0]).toBeGreaterThan(0);
  expect(placeOf(frame, 8, 0)[1]).toBeGreaterThan(placeOf(frame, 8, 16)[1]);
  expect(edgeLetters('axial')).toEqual(['L', 'R', 'A', 'P']);
  expect(edgeLetters('axial', true)).toEqual(['R', 'L', 'A', 'P']);
  expect(edgeLetters('coronal')).toEqual(['L', 'R', 'S', 'I']);
  expect(edgeLetters('sagittal', true)).toEqual(['P', 'A', 'S', 'I']);
  expect(PLANES.map(axisThrough)).toEqual([0, 1, 2]);
});

test('a frame holds the whole volume, and is cut where it is asked to be', () => {
  const volume = ramp([9, 10, 7], straight);
  expect(boxOf(volume)).toEqual({ low: [-8, -9, -6], high: [8, 9, 6] });
  for (const plane of PLANES) {
    const frame = frameAround(volume, plane, [4, -3, 2], { width: 40, height: 30 });
    expect(placeOf(frame, 0, 0)[axisThrough(plane)]).toBe([4, -3, 2][axisThrough(plane)]);
    for (const corner of [boxOf(volume).low, boxOf(volume).high]) {
      const [column, row] = pixelOf(frame, corner);
      expect(column).toBeGreaterThanOrEqual(-1e-9);
      expect(column).toBeLessThanOrEqual(39 + 1e-9);
      expect(row).toBeGreaterThanOrEqual(-1e-9);
      expect(row).toBeLessThanOrEqual(29 + 1e-9);
    }
  }
});

test('places and pixels are the inverse of each other', () => {
  const volume = ramp([9, 10, 7], straight);
  for (const plane of PLANES) {
    const frame = frameAround(volume, plane, [1, 2, 3], { width: 12, height: 9 });
    const place = placeOf({ ...frame, radiological: true }, 3, 7);
    const [column, row] = pixelOf({ ...frame, radiological: true }, place);
    expect(column).toBeCloseTo(3);
    expect(row).toBeCloseTo(7);
  }
});

test('what lies outside of the volume has no value', () => {
  const volume = ramp([9, 10, 7], straight);
  const frame = { ...frameAround(volume, 'axial', [0, 0, 0], { width: 9, height: 9 }) };
  const far = samplePlane(volume, { ...frame, centre: [0, 0, 40] });
  expect(far.every(Number.isNaN)).toBe(true);
});
