import { expect, test } from 'vitest';
import type { Volume } from '../volume.ts';
import { elementGrid } from './element-grid.ts';
import { elementCount, extractElement } from './extract.ts';
import type { ModeOptions } from './extraction.ts';
import { regionMask } from './regions.ts';

// Every voxel holds its own position in millimetres along one axis: an element placed rightly finds
// the same numbers at the places that its affine names.
const shape = [7, 6, 5] as const;
const affine = [2, 0.1, 0, -10, 0, 3, 0.2, 5, 0.3, 0, 4, -7, 0, 0, 0, 1];

function millimetres(grid: readonly number[], [x, y, z]: readonly number[], row: number): number {
  const at = (column: number) => grid[row * 4 + column] ?? NaN;
  return at(0) * (x ?? 0) + at(1) * (y ?? 0) + at(2) * (z ?? 0) + at(3);
}

function volumeOf(row: number): Volume {
  const data = Float32Array.from({ length: 7 * 6 * 5 }, (_, i) =>
    millimetres(affine, [Math.floor(i / 30), Math.floor(i / 5) % 6, i % 5], row),
  );
  return { data, shape, affine };
}

const box = Float32Array.from({ length: 210 }, (_, i) => {
  const [x, y, z] = [Math.floor(i / 30), Math.floor(i / 5) % 6, i % 5] as const;
  return x >= 2 && x < 5 && y >= 1 && y < 3 && z >= 2 ? 1 : 0;
});
const masks = [regionMask({ data: box, shape, affine }, 'mask')];

test.each<ModeOptions>([
  { mode: 'image' },
  { mode: 'patch', patchSize: 3, strideSize: 2 },
  { mode: 'slice', direction: 0, channels: 'single', discarded: [2, 1] },
  { mode: 'slice', direction: 1, channels: 'rgb', discarded: [1] },
  { mode: 'slice', direction: 2, channels: 'single', discarded: [0, 3] },
])('places every element of $mode extraction', (extraction) => {
  for (let index = 0; index < elementCount(shape, extraction); index++) {
    const grid = elementGrid({ shape, affine }, extraction, index);
    const [, ny, nz] = grid.shape;
    for (const row of [0, 1, 2]) {
      const { data } = extractElement(volumeOf(row), extraction, index);
      const size = grid.shape[0] * ny * nz;
      for (let i = 0; i < size; i++) {
        const place = [Math.floor(i / (ny * nz)), Math.floor(i / nz) % ny, i % nz];
        expect(data[i]).toBeCloseTo(millimetres(grid.affine, place, row), 4);
      }
    }
  }
});

test('places a region', () => {
  const extraction: ModeOptions = {
    ...{ mode: 'roi', regions: ['box'], uncropped: false },
    ...{ customTemplate: 't', customMaskPattern: '' },
  };
  const grid = elementGrid({ shape, affine }, extraction, 0, masks);
  expect(grid.shape).toEqual([3, 2, 3]);
  const { data } = extractElement(volumeOf(0), extraction, 0, masks);
  expect(data[0]).toBeCloseTo(millimetres(grid.affine, [0, 0, 0], 0), 4);
  expect(data[17]).toBeCloseTo(millimetres(grid.affine, [2, 1, 2], 0), 4);
});
