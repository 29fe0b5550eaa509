import { expect, test } from 'vitest';
import { readVolume } from '../../core/nifti/read.ts';
import { memoryFile } from '../../core/files/memory-tree.ts';
import { gzipBytes } from '../../core/nifti/gunzip.ts';
import { fakeBrain, fakeSaliency } from '../testing/fake-data.ts';
import { figureOf } from './save-map.ts';

const words = {
  title: 'Gradients, AD: sub-0001 · ses-M000',
  details: ['Conv4_FC3 (maps, best loss)', 'coloured from 30% of the peak (0.006)'],
  unit: 'change of the score of AD per unit of intensity',
  caption: (plane: string, mm: number) => `${plane} ${mm} mm`,
  number: (value: number) => value.toFixed(3),
  footer: 'Not a medical device.',
};

/** A made-up scan has intensities to 220; figures take 0 to 1. */
async function pixelsOf(blob: Blob) {
  const bitmap = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d');
  context?.drawImage(bitmap, 0, 0);
  const data = context?.getImageData(0, 0, bitmap.width, bitmap.height).data;
  const at = (x: number, y: number): number[] => {
    const first = 4 * (y * bitmap.width + x);
    return [...(data?.subarray(first, first + 3) ?? [])];
  };
  return { at, width: bitmap.width, height: bitmap.height };
}

test('the figure has three planes with the map, words on white, and a colour bar of its own map', async () => {
  const look = { opacity: 1, low: 0.006, high: 0.02, colours: 'blue-orange' } as const;
  const at = [28, -14, -10] as const;
  const options = { at, look, signed: true, radiological: false, words };
  const picture = await pixelsOf(await figureOf(fakeBrain(1), fakeSaliency(), options));
  expect(picture.width).toBeGreaterThanOrEqual(1800);
  expect(picture.at(2, 2)).toEqual([255, 255, 255]);
  // Beside the crosshair, where the largest value is, all three planes are orange.
  let orange = 0;
  let bar = 0;
  for (let y = 150; y < 710; y += 2) {
    for (let x = 40; x < picture.width - 40; x += 2) {
      const [red = 0, , blue = 0] = picture.at(x, y);
      if (red - blue > 80) orange += 1;
    }
  }
  for (let x = 0; x < picture.width; x += 2) {
    const [red = 0, , blue = 0] = picture.at(x, 800);
    if (blue - red > 80) bar += 1;
  }
  expect(orange).toBeGreaterThan(200);
  expect(bar).toBeGreaterThan(50);
});

test('a map survives being packed', async () => {
  const map = fakeSaliency();
  const packed = await gzipBytes(map);
  expect(packed.length).toBeLessThan(map.length);
  const { volume } = await readVolume(memoryFile('map.nii.gz', packed));
  expect(volume.shape).toEqual([46, 54, 46]);
});
