import { beforeAll, describe, expect, it } from 'vitest';
import type { Shape3, Volume } from '../volume.ts';
import { prepareBase } from './base.ts';
import { sampleParticipant } from './demographics.ts';
import { sampleGrid } from './grid.ts';
import { fromPrepared, makeParticipant } from './participant.ts';
import { areaUnderCurve, colin27 } from './testing/colin27.ts';

let base: Volume;
beforeAll(async () => {
  base = await colin27();
});

const options = { seed: 5, index: 3, atrophied: true, millimetres: 6 };

describe('one sample participant', () => {
  it('is the same for the same seed and index, and another one for others', () => {
    const made = makeParticipant(base, options);
    expect(makeParticipant(base, options).data).toEqual(made.data);
    expect(makeParticipant(base, { ...options, index: 4 }).data).not.toEqual(made.data);
    expect(makeParticipant(base, { ...options, seed: 6 }).data).not.toEqual(made.data);
  });

  it.each([3, 4, 6])('stands on the grid of %i mm voxels in whole intensities', (millimetres) => {
    const volume = makeParticipant(base, { ...options, millimetres });
    expect(volume.shape).toEqual(sampleGrid(millimetres).shape);
    expect(volume.affine).toEqual(sampleGrid(millimetres).affine);
    expect(volume.data.every((v) => Number.isInteger(v) && v >= 0 && v < 2000)).toBe(true);
    const millilitres = (volume.data.filter((v) => v > 0).length * millimetres ** 3) / 1000;
    expect(millilitres).toBeGreaterThan(1400);
    expect(millilitres).toBeLessThan(2900);
  });

  it('is changed by atrophy inside the changeable voxels only, and darkened there', () => {
    const brain = prepareBase(base, 4);
    for (let index = 0; index < 6; index++) {
      const one = { seed: 9, index, millimetres: 4 };
      const healthy = fromPrepared(brain, { ...one, atrophied: false });
      const atrophied = fromPrepared(brain, { ...one, atrophied: true });
      expect(atrophied.changeable).toEqual(healthy.changeable);
      let outside = 0;
      let inside = 0;
      let darker = 0;
      for (const [n, before] of healthy.volume.data.entries()) {
        const difference = (atrophied.volume.data[n] as number) - before;
        if (difference === 0) continue;
        if (healthy.changeable[n] === 1) inside++;
        else outside++;
        darker -= difference;
      }
      expect(outside).toBe(0);
      expect(inside).toBeGreaterThan(60);
      expect(darker).toBeGreaterThan(0);
    }
  });

  it('refuses another base brain and another voxel size', () => {
    const wrong = { ...base, shape: [69, 56, 60] as const };
    expect(() => makeParticipant(wrong, options)).toThrow(/CONFIG_VALUE/);
    expect(() => makeParticipant(base, { ...options, millimetres: 5 })).toThrow(/CONFIG_VALUE/);
  });
});

describe('what can be learnt from sample brains', () => {
  const EACH = 40;
  const TOTAL = 2 * EACH;

  it('is in the changeable voxels, and nowhere else', () => {
    const brain = prepareBase(base, 6);
    const made = Array.from({ length: TOTAL }, (_, index) => {
      const atrophied = sampleParticipant(0, index).diagnosis === 'AD';
      const one = fromPrepared(brain, { seed: 0, index, atrophied, millimetres: 6 });
      return { ...one, atrophied, values: byMean(one.volume.data) };
    });
    const mask = new Uint8Array(28 * 35 * 30);
    for (const { changeable } of made) changeable.forEach((v, n) => (mask[n] ||= v));
    const dilated = dilate(mask, sampleGrid(6).shape);
    const voxels = [...mask.keys()];
    const inside = voxels.filter((n) => mask[n] === 1);
    const outside = voxels.filter((n) => dilated[n] === 0);
    const positive = made.slice(EACH).map(({ atrophied }) => atrophied);

    /** Difference of the class means of the first half, applied to the second half. */
    const held = (where: readonly number[]): number => {
      const direction = where.map((n) =>
        made
          .slice(0, EACH)
          .reduce((sum, { atrophied, values }) => sum + (atrophied ? 1 : -1) * (values[n] ?? 0), 0),
      );
      const scores = made
        .slice(EACH)
        .map(({ values }) =>
          where.reduce((sum, n, i) => sum + (direction[i] ?? 0) * (values[n] ?? 0), 0),
        );
      return areaUnderCurve(scores, positive);
    };
    expect(held(inside)).toBeGreaterThan(0.9);
    expect(Math.abs(held(outside) - 0.5)).toBeLessThan(0.2);
  });
});

/** @returns intensities in units of the brain's mean: what is left when the gain is taken away. */
function byMean(data: Float32Array): Float32Array {
  let sum = 0;
  let count = 0;
  for (const value of data)
    if (value > 0) {
      sum += value;
      count++;
    }
  return data.map((value) => (value * count) / sum);
}

/** @returns the mask grown by one voxel along each axis. */
function dilate(mask: Uint8Array, [, Y, Z]: Shape3): Uint8Array {
  const steps = [1, Z, Y * Z];
  return mask.map((value, n) =>
    value === 1 || steps.some((step) => mask[n - step] === 1 || mask[n + step] === 1) ? 1 : 0,
  );
}
