import { expect, test } from 'vitest';
import { stream } from '../../core/random/philox.ts';
import type { Shape3 } from '../../core/volume.ts';
import { cutElement, digestOf, isSame, makeRecipe } from './recipe.ts';

const shape: Shape3 = [20, 18, 17];
const random = stream(4, 'recipe');
const data = Float32Array.from({ length: 20 * 18 * 17 }, () => 7 + 3 * random.uniform());
// Outside of the box of size reduction, and still what intensities are measured by.
data[0] = 0;
data[1] = 20;
const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const volume = { data, shape, affine };
const recipe = (reduction?: number, normalize = true) =>
  makeRecipe({
    extraction: { mode: 'image', ...(reduction === undefined ? {} : { reduction }) },
    ...{ volumeShape: shape, masks: [], normalize },
  });

test('size is reduced after intensities are normalised, as in ClinicaDL', () => {
  const cut = cutElement(volume, recipe(2), 0, {});
  // [4:20:2, 8:18:2, 8:17:2]
  expect(cut.data).toHaveLength(8 * 5 * 5);
  const at = (x: number, y: number, z: number) => data[(x * 18 + y) * 17 + z] ?? NaN;
  expect(cut.data[0]).toBeCloseTo(at(4, 8, 8) / 20, 6);
  expect(cut.data.at(-1)).toBeCloseTo(at(18, 16, 16) / 20, 6);
  const raw = cutElement(volume, recipe(2, false), 0, {});
  expect(raw.data[0]).toBe(at(4, 8, 8));
});

test('recipes of different reduction are different, for memory and for the cache', async () => {
  expect(isSame(recipe(2), recipe(2))).toBe(true);
  expect(isSame(recipe(2), recipe(3))).toBe(false);
  expect(isSame(recipe(), recipe(2))).toBe(false);
  const digests = await Promise.all([recipe(), recipe(2), recipe(3)].map(digestOf));
  expect(new Set(digests.map(String)).size).toBe(3);
});
