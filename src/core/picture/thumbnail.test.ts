import { expect, test } from 'vitest';
import type { Volume } from '../volume.ts';
import { thumbnailOf } from './thumbnail.ts';

/** A cube of 20 voxels, 2 mm: bright where x is right of the middle, dark elsewhere, 0 at the rim. */
function halfBright(bright = 900): Volume {
  const size = 20;
  const data = new Float32Array(size ** 3);
  for (let x = 2; x < size - 2; x++) {
    for (let y = 2; y < size - 2; y++) {
      for (let z = 2; z < size - 2; z++) {
        data[(x * size + y) * size + z] = x >= size / 2 ? bright : 300;
      }
    }
  }
  const affine = [2, 0, 0, -19, 0, 2, 0, -19, 0, 0, 2, -19, 0, 0, 0, 1];
  return { data, shape: [size, size, size], affine };
}

const grey = ({ width, pixels }: ReturnType<typeof thumbnailOf>, column: number, row: number) =>
  pixels[row * width + column] ?? NaN;

test('three planes side by side, from black to white, right on the right', () => {
  const picture = thumbnailOf(halfBright(), 32);
  expect(picture).toMatchObject({ width: 96, height: 32 });
  expect(picture.pixels).toHaveLength(96 * 32);
  // Corners are background in each plane.
  for (const column of [0, 32, 64, 95]) expect(grey(picture, column, 0)).toBe(0);
  for (const first of [32, 64]) {
    expect(grey(picture, first + 24, 16)).toBe(255);
    // A third of the bright half, or less where the window starts above 0.
    expect(grey(picture, first + 8, 16)).toBeLessThanOrEqual(85);
    expect(grey(picture, first + 8, 16)).toBeGreaterThan(0);
  }
});

test('a volume that is the same everywhere, or not finite in places, still has a picture', () => {
  const flat = { ...halfBright(), data: new Float32Array(8000).fill(5) };
  expect(new Set(thumbnailOf(flat, 16).pixels)).toEqual(new Set([0]));
  const holes = halfBright();
  holes.data[4210] = NaN;
  expect(Math.max(...thumbnailOf(holes, 16).pixels)).toBe(255);
});
