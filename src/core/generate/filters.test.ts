import { describe, expect, test } from 'vitest';
import { stream } from '../random/philox.ts';
import type { Affine, Shape3 } from '../volume.ts';
import { withContrast, withArtifacts, artifactNames } from './artifacts.ts';
import reference from './fixtures/generate-scipy.json';
import { gaussianFilter } from './gaussian-filter.ts';
import { uptakeFactors, withFactors } from './hypometabolic.ts';
import { randomMovements, rigidlyMoved, withMotion, type Movement } from './motion.ts';

const filled = (shape: readonly number[], factor: number, modulus: number) =>
  Float32Array.from(
    { length: shape.reduce((product, size) => product * size, 1) },
    (_, at) => (at * factor) % modulus,
  );

const norm = (values: Iterable<number>) => Math.hypot(...values);
const apart = (found: Float32Array, wanted: readonly number[]) =>
  norm(found.map((value, at) => value - (wanted[at] ?? NaN))) / norm(wanted);

test.each(reference.gaussian)('smooths as SciPy does: $shape, sigma $sigma', (of) => {
  const smooth = gaussianFilter(filled(of.shape, 37, 101), of.shape, of.sigma);
  expect(apart(smooth, of.values)).toBeLessThan(1e-6);
});

test('no smoothing is a copy', () => {
  const image = filled([3, 4], 5, 7);
  const smooth = gaussianFilter(image, [3, 4], 0);
  expect(smooth).toEqual(image);
  expect(smooth).not.toBe(image);
});

describe('motion', () => {
  test.each(reference.motion)('equals transforms of the whole k-space: $shape', (of) => {
    const shape = of.shape as unknown as Shape3;
    const scan = { shape, affine: of.affine as Affine, data: filled(shape, 41, 97) };
    const moved = withMotion(scan, of.movements as unknown as Movement[]);
    expect(apart(moved, of.values)).toBeLessThan(1e-5);
    expect(apart(moved, [...scan.data])).toBeGreaterThan(0.01);
  });

  test('a shift by one voxel reads the neighbour, and the lowest value beyond the edge', () => {
    const shape = [3, 2, 2] as const;
    const affine = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1];
    const data = Float32Array.from([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    const still = { degrees: [0, 0, 0], time: 0.5 } as const;
    const moved = rigidlyMoved({ shape, affine, data }, { ...still, millimetres: [2, 0, 0] });
    expect([...moved]).toEqual([9, 10, 11, 12, 13, 14, 15, 16, 5, 5, 5, 5]);
  });

  test('movements lie in their ranges and come in order', () => {
    const random = stream(3, 'test');
    for (let n = 0; n < 200; n++) {
      const options = { rotation: [2, 4], translation: [-1, 1], transforms: 3 } as const;
      const movements = randomMovements(options, random);
      movements.forEach(({ degrees, millimetres, time }, at) => {
        const inRange =
          degrees.every((angle) => angle >= 2 && angle < 4) &&
          millimetres.every((shift) => shift >= -1 && shift < 1) &&
          Math.abs(time - (at + 1) / 4) <= 0.3 / 4;
        expect(inRange).toBe(true);
      });
    }
  });
});

describe('artifacts', () => {
  const scan = { shape: [4, 5, 6] as const, affine: [], data: filled([4, 5, 6], 7, 11) };

  test('contrast keeps the sign', () => {
    expect([...withContrast(Float32Array.of(-8, 0, 9), 1 / 3)]).toEqual([
      -2,
      0,
      expect.closeTo(Math.cbrt(9), 5),
    ]);
  });

  test('are named in the order in which they are applied', () => {
    const motion = { rotation: [2, 4], translation: [2, 4], transforms: 2 } as const;
    expect(artifactNames({ noise: [5, 15], motion })).toEqual(['mot', 'noi']);
    expect(artifactNames({ gamma: [-0.2, -0.05] })).toEqual(['con']);
  });

  test('of contrast alone have an exponent in the range', () => {
    const made = withArtifacts(scan, { gamma: [-0.2, -0.05] }, stream(1, 'test'));
    const exponent = Math.log(made[1] ?? NaN) / Math.log(7);
    expect(exponent).toBeGreaterThan(Math.exp(-0.2));
    expect(exponent).toBeLessThan(Math.exp(-0.05));
    made.forEach((value, at) => expect(value).toBeCloseTo((scan.data[at] ?? 0) ** exponent, 4));
  });

  test('of noise alone have its deviation, and come back with the seed', () => {
    const flat = { ...scan, shape: [20, 20, 20] as const, data: new Float32Array(8000) };
    const noise = withArtifacts(flat, { noise: [5, 5] }, stream(1, 'test'));
    const deviation = norm(noise) / Math.sqrt(noise.length);
    // Five standard errors of a deviation: 5 / sqrt(2 n).
    expect(Math.abs(deviation / 5 - 1)).toBeLessThan(5 / Math.sqrt(2 * noise.length));
    expect(withArtifacts(flat, { noise: [5, 5] }, stream(1, 'test'))).toEqual(noise);
    expect(withArtifacts(flat, { noise: [5, 5] }, stream(2, 'test'))).not.toEqual(noise);
  });
});

test('uptake falls by the degree deep inside, not at all far outside, and half-way at the border', () => {
  const shape = [40, 3, 3] as const;
  const mask = Uint8Array.from({ length: 360 }, (_, at) => Number(at < 180));
  const factors = uptakeFactors(mask, shape, { degree: 30, sigma: 2 });
  expect(factors[0]).toBeCloseTo(0.7, 6);
  expect(factors[359]).toBeCloseTo(1, 6);
  const border = ((factors[19 * 9] ?? 0) + (factors[20 * 9] ?? 0)) / 2;
  expect(border).toBeCloseTo(0.85, 6);
  expect([...withFactors(Float32Array.of(10, 20), Float32Array.of(0.7, 1))]).toEqual([
    expect.closeTo(7, 5),
    20,
  ]);
});
