import { expect, test } from 'vitest';
import { frameAround } from '../../core/picture/plane.ts';
import type { Volume } from '../../core/volume.ts';
import { colourOf } from './colour-map.ts';
import { planePixels } from './map-figure.ts';

const shape = [10, 10, 10] as const;
const affine = [1, 0, 0, -4.5, 0, 1, 0, -4.5, 0, 0, 1, -4.5, 0, 0, 0, 1];
const volume = (at: (x: number) => number): Volume => ({
  data: Float32Array.from({ length: 1000 }, (_, index) => at(Math.floor(index / 100))),
  ...{ shape, affine },
});
const look = { opacity: 0.5, low: 0.2, high: 1, colours: 'blue-orange' } as const;

test('the map is mixed over the grey of the scan where it passes the threshold', () => {
  const scan = volume(() => 0.4);
  const map = volume((x) => (x < 5 ? -1 : 0.1));
  const frame = frameAround(scan, 'axial', [0, 0, 0], { width: 10, height: 10 });
  const pixels = planePixels({ scan, map, look }, frame);
  const pixel = (column: number) => [...pixels.subarray(4 * (50 + column), 4 * (50 + column) + 4)];
  const blue = colourOf('blue-orange', -1, 0.2, 1) ?? [NaN, NaN, NaN];
  expect(pixel(2)).toEqual([...blue.map((channel) => Math.round((102 + channel) / 2)), 255]);
  expect(pixel(8)).toEqual([102, 102, 102, 255]);
});

test('a map of a part leaves the rest of the scan as it is, and outside is black', () => {
  const scan = volume(() => 0.4);
  const part: Volume = {
    data: new Float32Array(8).fill(1),
    shape: [2, 2, 2],
    affine: [1, 0, 0, 3.5, 0, 1, 0, -0.5, 0, 0, 1, -0.5, 0, 0, 0, 1],
  };
  const frame = frameAround(scan, 'axial', [0, 0, 0], { width: 12, height: 12 });
  const wider = { ...frame, millimetres: 1 };
  const pixels = planePixels({ scan, map: part, look }, wider);
  const pixel = (column: number, row: number) => [
    ...pixels.subarray(4 * (12 * row + column), 4 * (12 * row + column) + 3),
  ];
  expect(pixel(0, 0)).toEqual([0, 0, 0]);
  expect(pixel(3, 5)).toEqual([102, 102, 102]);
  expect(pixel(10, 5)).not.toEqual([102, 102, 102]);
});
