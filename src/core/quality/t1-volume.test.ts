import { describe, expect, it } from 'vitest';
import { transformPoint } from '../nifti/matrix.ts';
import { eyesMask, mutualInformation, similarity, t1VolumeFigures } from './t1-volume.ts';

// The same series in NumPy 1.24: numpy.histogram2d(x, y, 10), p log(p / (px py)) over filled bins.
const first = Float32Array.from({ length: 600 }, (_, n) => ((n * 37) % 101) / 100);
const second = Float32Array.from(
  { length: 600 },
  (_, n) => ((n * 37) % 101) / 200 + ((n * 53) % 97) / 194,
);

describe('mutual information', () => {
  it('is that of NumPy’s joint histogram', () => {
    expect(mutualInformation(first, second)).toBeCloseTo(0.43000187795050376, 10);
    expect(mutualInformation(first, first)).toBeCloseTo(2.3013357526117604, 10);
    expect(mutualInformation(second, second)).toBeCloseTo(2.139128900132569, 10);
    expect(similarity(first, second)).toBeCloseTo(0.1936742713106615, 10);
  });

  it('is 0 with a constant, and the similarity of two constants is no number', () => {
    const zeros = new Float32Array(600);
    expect(mutualInformation(zeros, first)).toBeCloseTo(0, 12);
    expect(similarity(zeros, zeros)).toBeNaN();
    expect(similarity(first, first)).toBe(1);
  });
});

describe('the figures of a grey matter map', () => {
  it('are its largest value, the share that is not 0, and the likeness where the eyes are', () => {
    const map = first.map((value) => (value < 0.5 ? 0 : value));
    const eyes = first.map((_, n) => (n % 2 === 0 ? 1 : 0));
    const figures = t1VolumeFigures(map, second, eyes);
    expect(figures.maxIntensity).toBe(1);
    const filled = map.filter((value) => value !== 0).length;
    expect(figures.nonZeroPercentage).toBe(filled / 600);
    const masked = (data: Float32Array) => data.map((value, n) => value * (n % 2 === 0 ? 1 : 0));
    expect(figures.frontalSimilarity).toBe(similarity(masked(second), masked(map)));
    expect(
      t1VolumeFigures(
        map,
        second,
        eyes.map(() => 1),
      ).frontalSimilarity,
    ).not.toBe(figures.frontalSimilarity);
  });
});

describe('the mask of the eyes', () => {
  it('holds two balls in front of the brain, mirrored about the midline', () => {
    const affine = [2, 0, 0, -90, 0, 2, 0, -126, 0, 0, 2, -72, 0, 0, 0, 1];
    const { data, shape } = eyesMask([91, 109, 91], affine);
    const inside = [...data.keys()].filter((n) => data[n] === 1);
    // Two ellipsoids of 18 x 18 x 16 mm; voxels of 8 mm3.
    const expected = (2 * (4 / 3) * Math.PI * 18 * 18 * 16) / 8;
    expect(Math.abs(inside.length / expected - 1)).toBeLessThan(0.02);
    const at = inside.map((n) =>
      transformPoint(affine, [
        Math.floor(n / (shape[1] * shape[2])),
        Math.floor(n / shape[2]) % shape[1],
        n % shape[2],
      ]),
    );
    expect(at.every(([x, y, z]) => Math.abs(x) > 10 && y > 40 && z < -15)).toBe(true);
    expect(at.filter(([x]) => x < 0)).toHaveLength(inside.length / 2);
  });
});
