import { beforeAll, describe, expect, it } from 'vitest';
import { colin27 } from '../sample/testing/colin27.ts';
import type { Volume } from '../volume.ts';
import { brainRim, petScore } from './pet-linear.ts';
import { makeTemplate, type Template } from './template.ts';

const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const small = (values: readonly number[], rim: readonly number[]) =>
  petScore(
    { data: Float32Array.from(values), shape: [1, 1, values.length], affine },
    { data: Float32Array.from(rim), shape: [1, 1, rim.length], affine },
  );

describe('the score of pet-linear', () => {
  it('is 1 minus the mean in the rim, after min-max and without what is below 0.35', () => {
    // Shares 0, 0.2, 0.5, 1; in the rim 0.2 counts as 0.
    expect(small([10, 12, 15, 20], [0, 1, 1, 0])).toBeCloseTo(1 - 0.5 / 2, 6);
    expect(small([10, 12, 15, 20], [0, 1, 0, 0])).toBe(1);
    expect(small([10, 12, 15, 20], [0, 0, 0, 1])).toBe(0);
    expect(small([0, 35, 100], [0, 1, 0])).toBeCloseTo(0.65, 6);
    expect(small([0, 34.9, 100], [0, 1, 0])).toBe(1);
  });

  it('is no number for a constant image and for an empty rim', () => {
    expect(small([3, 3, 3], [1, 1, 1])).toBeNaN();
    expect(small([1, 2, 3], [0, 0, 0])).toBeNaN();
  });

  it('refuses a rim of another shape, with both', () => {
    expect(() => small([1, 2, 3], [1, 1])).toThrow(/QUALITY_MASK.*1 x 1 x 3.*1 x 1 x 2/);
  });
});

describe('the rim that is made from a brain', () => {
  let base: Volume;
  let brain: Template;
  beforeAll(async () => {
    base = await colin27();
    brain = makeTemplate('brain', base);
  });

  it('lies outside of the brain, and near it', () => {
    const rim = brainRim(brain, base);
    const inBrain = rim.data.filter((value, n) => value === 1 && brain.outline[n] === 1);
    expect(inBrain).toHaveLength(0);
    const size = rim.data.reduce((sum, value) => sum + value, 0);
    const outline = brain.outline.reduce((sum, value) => sum + value, 0);
    expect(size / outline).toBeGreaterThan(0.1);
    expect(size / outline).toBeLessThan(0.6);
  });

  it('lets a brain in its place pass, and none that is moved', () => {
    const rim = brainRim(brain, base);
    expect(petScore(base, rim)).toBeGreaterThan(0.99);
    const Z = base.shape[2];
    const step = 6 * base.shape[1] * Z;
    const moved = base.data.map((_, n) => base.data[n - step] ?? 0);
    expect(petScore({ ...base, data: moved }, rim)).toBeLessThan(0.9);
  });
});
