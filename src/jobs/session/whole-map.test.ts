import { expect, test } from 'vitest';
import { wholeMap, type PlacedMap } from './whole-map.ts';

/** Voxels of 2 mm, the first at (-10, -20, -30); the second axis is stored from front to back. */
const scan = {
  shape: [6, 5, 4] as const,
  affine: [2, 0, 0, -10, 0, -2, 0, -20, 0, 0, 2, -30, 0, 0, 0, 1],
};

/** A part of 2 x 2 x 2 voxels that begins at a voxel of the scan. */
function part([x, y, z]: readonly [number, number, number], value: number): PlacedMap {
  const affine = [2, 0, 0, -10 + 2 * x, 0, -2, 0, -20 - 2 * y, 0, 0, 2, -30 + 2 * z, 0, 0, 0, 1];
  return { values: new Float32Array(8).fill(value), grid: { shape: [2, 2, 2], affine } };
}

test('parts lie where they were cut from; where they overlap stands their mean, elsewhere 0', () => {
  const { data, shape, affine } = wholeMap([part([0, 0, 0], 2), part([1, 1, 1], 6)], scan);
  expect(shape).toEqual(scan.shape);
  expect(affine).toEqual(scan.affine);
  const at = (x: number, y: number, z: number) => data[(x * 5 + y) * 4 + z];
  expect(at(0, 0, 0)).toBe(2);
  expect(at(1, 1, 1)).toBe(4);
  expect(at(2, 2, 2)).toBe(6);
  expect(at(2, 1, 0)).toBe(0);
  expect(data.reduce((sum, value) => sum + value, 0)).toBe(7 * 2 + 4 + 7 * 6);
});

test('one map keeps its own grid, and of several channels the first', () => {
  const own = part([3, 2, 1], 5);
  const channels = { ...own, values: Float32Array.from([...own.values, ...Array(8).fill(9)]) };
  const { data, shape, affine } = wholeMap([channels], scan);
  expect(shape).toEqual([2, 2, 2]);
  expect(affine).toEqual(own.grid.affine);
  expect([...data]).toEqual(Array(8).fill(5));
});
