import { describe, expect, it } from 'vitest';
import type { Volume } from '../volume.ts';
import { multiply, onGrid, smallest } from './on-grid.ts';

const affine = (mm: number, at = 0) => [mm, 0, 0, at, 0, mm, 0, at, 0, 0, mm, at, 0, 0, 0, 1];

/** Intensity 1 + x + 10 y + 100 z of the place in millimetres. */
function ramp(shape: readonly [number, number, number], mm: number): Volume {
  const [X, Y, Z] = shape;
  const data = Float32Array.from({ length: X * Y * Z }, (_, n) => {
    const [x, y, z] = [Math.floor(n / (Y * Z)), Math.floor(n / Z) % Y, n % Z];
    return 1 + mm * (x + 10 * y + 100 * z);
  });
  return { data, shape, affine: affine(mm) };
}

describe('a volume on another grid', () => {
  it('is itself on its own', () => {
    const volume = ramp([4, 5, 6], 3);
    const { data, inside } = onGrid(volume, volume);
    expect(data).toEqual(volume.data);
    expect(inside.every((one) => one === 1)).toBe(true);
  });

  it('is read between its voxels, linearly', () => {
    const volume = ramp([4, 4, 4], 1);
    const { data } = onGrid(volume, { shape: [1, 1, 1], affine: affine(1, 0.5) });
    expect(data[0]).toBeCloseTo(1 + 0.5 * 111, 5);
  });

  it('is the mean of what a coarser voxel holds', () => {
    const volume = ramp([9, 9, 9], 1);
    const { data } = onGrid(volume, { shape: [3, 3, 3], affine: affine(3, 1) });
    expect(data[0]).toBeCloseTo(1 + 111, 4);
    expect(data[26]).toBeCloseTo(1 + 7 * 111, 4);
    const spike = { ...volume, data: new Float32Array(729) };
    spike.data[0] = 27;
    expect(onGrid(spike, { shape: [3, 3, 3], affine: affine(3, 1) }).data[0]).toBeCloseTo(1, 6);
  });

  it('has its smallest value outside, and says what lies inside', () => {
    const { data, inside } = onGrid(ramp([2, 2, 2], 1), { shape: [4, 1, 1], affine: affine(1, 0) });
    expect([...data]).toEqual([1, 2, 1, 1]);
    expect([...inside]).toEqual([1, 1, 0, 0]);
  });

  it('takes voxels without a number for the smallest', () => {
    const volume = ramp([2, 2, 2], 1);
    volume.data[7] = NaN;
    expect(onGrid(volume, volume).data[7]).toBe(1);
    expect(smallest(Float32Array.of(NaN, 3, 2, -Infinity))).toBe(2);
    expect(smallest(Float32Array.of(NaN))).toBe(0);
  });

  it('refuses an affine without an inverse', () => {
    const flat = {
      ...ramp([2, 2, 2], 1),
      affine: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    };
    expect(() => onGrid(flat, { shape: [1, 1, 1], affine: affine(1) })).toThrow(/NIFTI_AFFINE/);
  });
});

describe('the product of two affines', () => {
  it('does the second first', () => {
    expect(multiply(affine(2), affine(1, 5))).toEqual(affine(2, 10));
    expect(multiply(affine(1, 5), affine(2))).toEqual(affine(2, 5));
  });
});
