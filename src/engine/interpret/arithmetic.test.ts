import { describe, expect, test } from 'vitest';
import { classActivation, enlarged } from './class-activation.ts';
import { cubesOf } from './occlusion.ts';

describe('class activation, by hand', () => {
  // Two places along each of three axes, one channel; the gradient is 1 or 3 by the third axis.
  const shape = [2, 2, 2, 1];
  const features = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const gradient = Float32Array.of(1, -3, 1, -3, 1, -3, 1, -3);

  test('weighs each plane along the third axis for itself, and keeps the sign, as ClinicaDL', () => {
    const map = classActivation(features, gradient, shape, 'clinicadl');
    expect([...map]).toEqual([1, -6, 3, -12, 5, -18, 7, -24]);
  });

  test('weighs a channel by the mean of its gradient, and drops what is negative, as the paper', () => {
    expect([...classActivation(features, gradient, shape, 'paper')]).toEqual(Array(8).fill(0));
    const positive = gradient.map((slope) => -slope);
    const map = classActivation(features, positive, shape, 'paper');
    expect([...map]).toEqual([...features]);
  });

  test('Grad-CAM++ weighs each place by the second and third derivatives', () => {
    // The features sum up to 36: the weight is four times 1 / (2 + 1 * 36).
    const map = classActivation(features, gradient, shape, 'plus-plus');
    features.forEach((value, i) => expect(map[i]).toBeCloseTo((4 / 38) * value, 12));
  });

  test('one map is the mean over channels in ClinicaDL, their sum in the paper', () => {
    const two = Float32Array.of(1, 10, 2, 20);
    const slopes = Float32Array.of(1, 2, 1, 2);
    expect([...classActivation(two, slopes, [2, 1, 2], 'clinicadl')]).toEqual([10.5, 21]);
    expect([...classActivation(two, slopes, [2, 1, 2], 'paper')]).toEqual([21, 42]);
  });
});

test('a map is enlarged with its corners on the corners', () => {
  expect([...enlarged(Float64Array.of(0, 4), [2], [5])]).toEqual([0, 1, 2, 3, 4]);
  const plane = enlarged(Float64Array.of(0, 2, 4, 6), [2, 2], [3, 3]);
  expect([...plane]).toEqual([0, 1, 2, 2, 3, 4, 4, 5, 6]);
  expect([...enlarged(Float64Array.of(7), [1], [3])]).toEqual([7, 7, 7]);
  expect([...enlarged(Float64Array.of(1, 2, 3), [3], [1])]).toEqual([1]);
});

describe('cubes of an occlusion', () => {
  test.each([
    [
      [10],
      4,
      3,
      [
        [0, 4],
        [3, 7],
        [6, 10],
      ],
    ],
    [
      [10],
      4,
      4,
      [
        [0, 4],
        [4, 8],
        [8, 10],
      ],
    ],
    [[3], 16, 16, [[0, 3]]],
  ])('%o in cubes of %d, %d apart', (spatial, size, stride, places) => {
    expect(cubesOf(spatial, { size, stride }).map(([place]) => place)).toEqual(places);
  });

  test('cover every voxel, in all axes', () => {
    const spatial = [7, 5, 4];
    const covered = new Set<string>();
    const cubes = cubesOf(spatial, { size: 3, stride: 2 });
    expect(cubes).toHaveLength(3 * 2 * 2);
    for (const cube of cubes) {
      const [x, y, z] = cube as [readonly [number, number], ...(readonly [number, number])[]];
      for (let a = x[0]; a < x[1]; a++)
        for (let b = y?.[0] ?? 0; b < (y?.[1] ?? 0); b++)
          for (let c = z?.[0] ?? 0; c < (z?.[1] ?? 0); c++) covered.add(`${a} ${b} ${c}`);
    }
    expect(covered.size).toBe(7 * 5 * 4);
  });
});
