import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Affine } from '../volume.ts';
import { chooseAffine } from './affine.ts';
import { parseHeader } from './header.ts';
import { invertAffine, orientationLetters, transformPoint, voxelSizes } from './matrix.ts';
import { rotationQuaternion } from './quaternion.ts';
import { rawNifti, type RawNifti } from './testing/raw-nifti.ts';

const where = { file: 'a.nii' };
const choose = (raw: RawNifti) => chooseAffine(parseHeader(rawNifti(raw), where), where);
/** Version 2 keeps doubles, so that expected values need no rounding. */
const exact = { version: 2, dims: [3, 11, 21, 31], pixdims: [1, 2, 3, 4] } as const;
const srows = [-2, 0, 0, 10, 0, 3, 0, -30, 0, 0, 4, -60];

describe('which affine', () => {
  it('is the sform when its code is positive', () => {
    const chosen = choose({ ...exact, srows, sformCode: 4, qformCode: 1 });
    expect(chosen.affineFrom).toBe('sform');
    expect(chosen.affine).toEqual([...srows, 0, 0, 0, 1]);
  });

  it('is the qform when the sform has no code', () => {
    const chosen = choose({ ...exact, srows, sformCode: 0, qformCode: 1, qoffset: [5, 6, 7] });
    expect(chosen.affineFrom).toBe('qform');
    expect(chosen.affine).toEqual([2, 0, 0, 5, 0, 3, 0, 6, 0, 0, 4, 7, 0, 0, 0, 1]);
  });

  it('is made of the voxel size when neither has', () => {
    const chosen = choose({ ...exact, srows, sformCode: 0, qformCode: 0 });
    expect(chosen.affineFrom).toBe('pixdim');
    expect(chosen.affine).toEqual([-2, 0, 0, 10, 0, 3, 0, -30, 0, 0, 4, -60, 0, 0, 0, 1]);
  });

  it('turns the third axis of the qform when pixdim[0] is -1', () => {
    const pixdims = [-1, 2, 3, 4];
    const { affine } = choose({ ...exact, pixdims, sformCode: 0, qformCode: 1 });
    expect(affine[10]).toBe(-4);
  });

  it('takes a quaternion that is longer than 1 by rounding only', () => {
    const form = { ...exact, sformCode: 0, qformCode: 1 };
    expect(choose({ ...form, quaternion: [1 + 1e-8, 0, 0] }).affine[5]).toBeCloseTo(-3, 6);
    expect(() => choose({ ...form, quaternion: [1.001, 0, 0] })).toThrow(/NIFTI_AFFINE/);
  });
});

describe('sform and qform that disagree', () => {
  const both = { ...exact, qformCode: 1, sformCode: 1 };
  const rows = (shift: number, turn = 0): number[] => {
    const [c, s] = [Math.cos(turn), Math.sin(turn)];
    return [2 * c, -3 * s, 0, shift, 2 * s, 3 * c, 0, 0, 0, 0, 4, 0];
  };
  const degrees = Math.PI / 180;

  it.each([
    ['by nothing', rows(0), 0],
    ['by 0.09 mm', rows(0.09), 0],
    ['by 0.11 mm', rows(0.11), 1],
    ['by 0.02 degrees', rows(0, 0.02 * degrees), 0],
    ['by 0.11 degrees', rows(0, 0.11 * degrees), 1],
  ])('%s', (_, sform, count) => {
    const { problems, affine } = choose({ ...both, srows: sform });
    expect(affine.slice(0, 12)).toEqual(sform);
    expect(problems.length).toBe(count);
    for (const problem of problems) {
      expect(problem).toMatchObject({
        code: 'NIFTI_AFFINES_DISAGREE',
        severity: 'warning',
        file: 'a.nii',
        found: expect.stringMatching(/mm and .* degrees/),
      });
    }
  });

  it('because the qform is no rotation', () => {
    const { problems } = choose({ ...both, srows: rows(0), quaternion: [NaN, 0, 0] });
    expect(problems[0]?.found).toMatch(/not a rotation/);
  });
});

describe('an affine', () => {
  const number = fc.double({ min: -100, max: 100, noNaN: true });
  const affines = fc
    .tuple(...Array.from({ length: 12 }, () => number))
    .map((rows): Affine => [...rows, 0, 0, 0, 1]);

  it('and its inverse lead back to the same voxel', () => {
    const size = fc.double({ min: 0.1, max: 10, noNaN: true });
    fc.assert(
      fc.property(affines, size, fc.tuple(number, number, number), (noise, scale, point) => {
        // Near the identity, so that rounding says nothing about the formula.
        const affine = noise.map((v, i) => (i % 4 < 3 ? v / 1000 : v) + (i % 5 === 0 ? scale : 0));
        affine.splice(12, 4, 0, 0, 0, 1);
        if (Math.abs(scale) < 0.4) return;
        const back = transformPoint(invertAffine(affine), transformPoint(affine, point));
        back.forEach((value, i) => expect(value).toBeCloseTo(point[i] as number, 6));
      }),
    );
  });

  it('without an inverse is refused', () => {
    expect(() => invertAffine(Array<number>(16).fill(1))).toThrow(/NIFTI_AFFINE/);
  });

  it('tells voxel sizes and where its axes point', () => {
    const sagittal = [0, 0, -3, 0, 1, 0, 0, 0, 0, -2, 0, 0, 0, 0, 0, 1];
    expect(voxelSizes(sagittal)).toEqual([1, 2, 3]);
    expect(orientationLetters(sagittal)).toBe('AIL');
    const tilted = [0.8, -0.6, 0, 0, 0.6, 0.8, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    expect(orientationLetters(tilted)).toBe('RAS');
    // Two axes nearest to the same direction: the clearer one takes it.
    expect(orientationLetters([0.9, 0.8, 0, 0, 0.1, 0.6, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])).toBe(
      'RAS',
    );
  });
});

it('gives the quaternion of any rotation, half turns included', () => {
  const part = fc.double({ min: -1, max: 1, noNaN: true });
  const check = (raw: readonly number[]): void => {
    const length = Math.hypot(...raw);
    if (length < 0.1) return;
    const sign = (raw[0] as number) < 0 ? -1 : 1;
    const unit = raw.map((value) => (sign * value) / length);
    const [a, b, c, d] = unit as [number, number, number, number];
    const found = rotationQuaternion([
      [1 - 2 * (c * c + d * d), 2 * (b * c + a * d), 2 * (b * d - a * c)],
      [2 * (b * c - a * d), 1 - 2 * (b * b + d * d), 2 * (c * d + a * b)],
      [2 * (b * d + a * c), 2 * (c * d - a * b), 1 - 2 * (b * b + c * c)],
    ]);
    const flipped = a < 1e-9 && found.some((v, i) => v * ([b, c, d][i] as number) < -1e-9);
    found.forEach((value, i) =>
      expect(flipped ? -value : value).toBeCloseTo([b, c, d][i] as number, 9),
    );
  };
  for (const axis of [1, 2, 3]) check([0, 1, 2, 3].map((i) => (i === axis ? 1 : 0)));
  fc.assert(fc.property(fc.tuple(part, part, part, part), check));
});
