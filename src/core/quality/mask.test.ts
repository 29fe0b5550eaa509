import { describe, expect, it } from 'vitest';
import { centre, dice, dilate, largestPiece, otsu, outline, sizeOf, withoutHoles } from './mask.ts';
import { noiseShare } from './noise.ts';
import { gaussianNoise } from '../random/gaussian-noise.ts';
import { RandomStream } from '../random/philox.ts';

const shape = [7, 8, 9] as const;
const affine = [2, 0, 0, -4, 0, 2, 0, 0, 0, 0, 2, 10, 0, 0, 0, 1];
const at = (x: number, y: number, z: number) => (x * 8 + y) * 9 + z;

function mask(inside: (x: number, y: number, z: number) => boolean): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: 7 * 8 * 9 }, (_, n) =>
    inside(Math.floor(n / 72), Math.floor(n / 9) % 8, n % 9) ? 1 : 0,
  );
}

/** A box with a hole in it, and a speck apart from it. */
const shell = mask(
  (x, y, z) =>
    x > 0 && x < 6 && y > 0 && y < 7 && z > 0 && z < 6 && !(x === 3 && y === 3 && z === 3),
);
const withSpeck = shell.slice();
withSpeck[at(6, 7, 8)] = 1;

describe('Otsu’s threshold', () => {
  it('parts two heaps of values', () => {
    const values = Float32Array.from({ length: 200 }, (_, n) => (n < 120 ? 10 : 90) + (n % 5));
    expect(otsu(values)).toBeGreaterThan(14);
    expect(otsu(values)).toBeLessThan(90);
  });

  it('is none where all values are alike', () => {
    expect(otsu(new Float32Array(20))).toBeNaN();
    expect(sizeOf(outline(new Float32Array(7 * 8 * 9), shape))).toBe(0);
  });
});

describe('an outline', () => {
  it('is the largest piece', () => {
    expect(largestPiece(withSpeck, shape)).toEqual(shell);
  });

  it('has its holes filled, but not what is open to the edge', () => {
    const filled = withoutHoles(shell, shape);
    expect(sizeOf(filled)).toBe(sizeOf(shell) + 1);
    expect(filled[at(3, 3, 3)]).toBe(1);
    const open = mask((x, y, z) => x < 3 && y < 3 && z < 3 && !(x === 1 && y === 1));
    expect(withoutHoles(open, shape)).toEqual(open);
  });

  it('is what is bright, whole and in one piece', () => {
    const bright = Float32Array.from(withSpeck, (value) => 5 + 80 * value);
    expect(outline(bright, shape)).toEqual(withoutHoles(shell, shape));
  });
});

describe('masks', () => {
  it('grow by their neighbours', () => {
    const point = mask((x, y, z) => x === 3 && y === 3 && z === 3);
    expect(sizeOf(dilate(point, shape, 1))).toBe(7);
    expect(sizeOf(dilate(point, shape, 2))).toBe(25);
    expect(dilate(point, shape, 0)).toEqual(point);
  });

  it('are compared by Dice’s coefficient', () => {
    const left = mask((x) => x < 4);
    const right = mask((x) => x >= 2);
    expect(dice(left, right)).toBeCloseTo((2 * 2) / (4 + 5), 12);
    expect(dice(left, left)).toBe(1);
    expect(
      dice(
        mask(() => false),
        mask(() => false),
      ),
    ).toBe(0);
  });

  it('have their centre in millimetres', () => {
    const box = mask((x, y, z) => x >= 1 && x <= 3 && y === 2 && z === 4);
    expect(centre(box, shape, affine)).toEqual([0, 4, 18]);
    expect(
      centre(
        mask(() => false),
        shape,
        affine,
      ),
    ).toBeUndefined();
  });
});

describe('the share of noise', () => {
  const size = [30, 30, 30] as const;
  const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  const waves = (deviation: number) => {
    const noise = gaussianNoise(new RandomStream(5, 'noise share', 0), 27_000);
    // A slow wave of amplitude 1 about 10: its deviation is 1 / sqrt 2 over whole waves.
    const data = noise.map(
      (value, n) => 10 + Math.sin((2 * Math.PI * Math.floor(n / 900)) / 30) + deviation * value,
    );
    return { data, shape: size, affine: identity };
  };

  it('is the deviation of the noise over that of the intensities', () => {
    for (const deviation of [0.2, 0.5, 1]) {
      const expected = deviation / Math.hypot(deviation, Math.SQRT1_2);
      expect(Math.abs((noiseShare(waves(deviation), 0) ?? 0) / expected - 1)).toBeLessThan(0.04);
    }
    expect(noiseShare(waves(0), 0)).toBeLessThan(1e-6);
  });

  it('is not told where there is too little tissue', () => {
    expect(noiseShare(waves(0.2), 1000)).toBeUndefined();
  });
});
