import { describe, expect, it } from 'vitest';
import { RandomStream } from '../random/philox.ts';
import type { Volume } from '../volume.ts';
import { emptySlices, rawFindings } from './raw-checks.ts';

const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const shape = [6, 7, 8] as const;
const count = 6 * 7 * 8;

function volume(change: (value: number, n: number) => number = (value) => value): Volume {
  const random = new RandomStream(3, 'raw checks', 0);
  const data = Float32Array.from({ length: count }, (_, n) => change(random.uniform() * 100, n));
  return { data, shape, affine };
}

const codes = (one: Volume) => rawFindings(one, {}).map(({ code }) => code);

describe('checks of a volume as it is stored', () => {
  it('find nothing in a volume that is as it should be', () => {
    expect(codes(volume())).toEqual([]);
  });

  it('count voxels that hold no number', () => {
    const broken = volume((value, n) => (n === 5 ? NaN : n === 6 ? Infinity : value));
    const [finding] = rawFindings(broken, { participant: 'sub-01' });
    expect(finding).toMatchObject({
      ...{ code: 'QUALITY_NOT_NUMBERS', severity: 'error', participant: 'sub-01' },
      found: `2 of ${count} voxels`,
    });
    expect(codes(volume(() => NaN))).toEqual(['QUALITY_NOT_NUMBERS']);
  });

  it('tell a constant volume, and say nothing else of it', () => {
    const [finding, ...others] = rawFindings(
      volume(() => 4),
      {},
    );
    expect(finding).toMatchObject({ code: 'QUALITY_CONSTANT', found: '4 in every voxel' });
    expect(others).toEqual([]);
  });

  it('find empty slices between others along each axis, and none at the edges', () => {
    const slice = (n: number, axis: number) =>
      [Math.floor(n / 56), Math.floor(n / 8) % 7, n % 8][axis];
    const hole = volume((value, n) => (slice(n, 2) === 3 || slice(n, 0) === 2 ? 0 : value));
    expect(emptySlices(hole)).toEqual([
      { axis: 0, slices: [2] },
      { axis: 2, slices: [3] },
    ]);
    const [finding] = rawFindings(hole, {});
    expect(finding).toMatchObject({ code: 'QUALITY_EMPTY_SLICES', found: 'x 2; z 3' });
    const edge = volume((value, n) => ((slice(n, 1) ?? 0) < 2 ? 0 : value));
    expect(emptySlices(edge)).toEqual([]);
  });

  it('find intensities that end at a wall, and leave masks alone', () => {
    const [finding] = rawFindings(
      volume((value) => Math.min(value, 80)),
      {},
    );
    expect(finding?.code).toBe('QUALITY_CLIPPED');
    expect(finding?.found).toMatch(/^\d+ % at 80$/);
    expect(codes(volume((value) => (value > 50 ? 1 : 0)))).toEqual([]);
  });
});
