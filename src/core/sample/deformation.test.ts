import { describe, expect, it } from 'vitest';
import { stream } from '../random/philox.ts';
import { basePoints, randomAnatomy } from './anatomy.ts';
import { evaluateSeries, randomSeries } from './deformation.ts';
import { sampleGrid } from './grid.ts';

describe('deformation', () => {
  it('has the asked amplitude', () => {
    let power = 0;
    for (let index = 0; index < 40; index++) {
      const values = evaluateSeries(randomSeries(stream(1, 'test', index), 2), [14, 17, 15]);
      power += values.reduce((sum, value) => sum + value * value, 0) / values.length;
    }
    expect(Math.sqrt(power / 40)).toBeGreaterThan(1.6);
    expect(Math.sqrt(power / 40)).toBeLessThan(2.4);
  });

  it('is the same in space whatever the grid', () => {
    const series = randomSeries(stream(1, 'test'), 2);
    const coarse = evaluateSeries(series, [4, 4, 4]);
    const fine = evaluateSeries(series, [12, 12, 12]);
    // Of three fine voxels the middle one stands where the coarse one does.
    for (const [x, y, z] of [
      [0, 0, 0],
      [1, 2, 3],
      [3, 0, 2],
    ] as const)
      expect(fine[((3 * x + 1) * 12 + 3 * y + 1) * 12 + 3 * z + 1]).toBeCloseTo(
        coarse[(x * 4 + y) * 4 + z] as number,
        5,
      );
  });

  it('never folds space, and moves no point further than registered brains differ', () => {
    const grid = sampleGrid(6);
    const [X, Y, Z] = grid.shape;
    for (let index = 0; index < 20; index++) {
      const points = basePoints(randomAnatomy(3, index, 84), grid);
      const at = (x: number, y: number, z: number): number[] => {
        const n = 3 * ((x * Y + y) * Z + z);
        return [...points.subarray(n, n + 3)];
      };
      let smallest = Infinity;
      let farthest = 0;
      for (let x = 0; x + 1 < X; x++)
        for (let y = 0; y + 1 < Y; y++)
          for (let z = 0; z + 1 < Z; z++) {
            const here = at(x, y, z);
            const [a, b, c] = [at(x + 1, y, z), at(x, y + 1, z), at(x, y, z + 1)].map((next) =>
              next.map((value, k) => (value - (here[k] as number)) / 6),
            ) as [number[], number[], number[]];
            smallest = Math.min(smallest, determinant(a, b, c));
            const place = [x, y, z].map((v, k) => (grid.affine[4 * k + 3] as number) + 6 * v);
            farthest = Math.max(
              farthest,
              Math.hypot(...here.map((v, k) => v - (place[k] as number))),
            );
          }
      expect(smallest).toBeGreaterThan(0.1);
      expect(farthest).toBeLessThan(25);
    }
  });
});

function determinant(a: number[], b: number[], c: number[]): number {
  const [ax, ay, az] = a as [number, number, number];
  const [bx, by, bz] = b as [number, number, number];
  const [cx, cy, cz] = c as [number, number, number];
  return ax * (by * cz - bz * cy) - ay * (bx * cz - bz * cx) + az * (bx * cy - by * cx);
}
