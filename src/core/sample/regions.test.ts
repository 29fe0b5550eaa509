import { describe, expect, it } from 'vitest';
import { canChange } from './atrophy.ts';
import {
  HIPPOCAMPI,
  HIPPOCAMPUS_BOXES,
  local,
  radius,
  SIDES,
  TEMPORAL_HORNS,
  VENTRICLES,
  type Ellipsoid,
} from './regions.ts';

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
const all = SIDES.flatMap((side) =>
  [HIPPOCAMPI, TEMPORAL_HORNS, VENTRICLES].map((region) => [side, region[side]] as const),
);

/** Points on the surface of an ellipsoid, along its axes and between them. */
function surface({ centre, axes, radii }: Ellipsoid): [number, number, number][] {
  const steps = [-1, -0.7, 0, 0.7, 1];
  return steps
    .flatMap((a) => steps.flatMap((b) => steps.map((c) => [a, b, c] as const)))
    .filter((point) => dot(point, point) > 0)
    .map((point) => {
      const length = Math.sqrt(dot(point, point));
      return [0, 1, 2].map(
        (k) =>
          (centre[k] as number) +
          axes.reduce(
            (sum, axis, i) =>
              sum + ((axis[k] as number) * (radii[i] as number) * (point[i] as number)) / length,
            0,
          ),
      ) as [number, number, number];
    });
}

describe('regions of the sample brains', () => {
  it.each(all)('have orthonormal axes that point backwards, outwards and up (%s)', (side, e) => {
    for (const [i, axis] of e.axes.entries())
      for (const [j, other] of e.axes.entries())
        expect(dot(axis, other)).toBeCloseTo(i === j ? 1 : 0, 12);
    expect(e.axes[0][1]).toBeLessThan(0);
    expect(Math.sign(e.axes[1][0])).toBe(side === 'left' ? -1 : 1);
    expect(e.axes[2][2]).toBeGreaterThan(0);
  });

  it('measures 0 at the centre and 1 on the surface', () => {
    const hippocampus = HIPPOCAMPI.left;
    expect(radius(hippocampus, ...hippocampus.centre)).toBe(0);
    for (const point of surface(hippocampus)) expect(radius(hippocampus, ...point)).toBeCloseTo(1);
    const [x, y, z] = hippocampus.centre;
    expect(local(hippocampus, 1, x - 10, y, z)).toBeGreaterThan(0.9);
  });

  it.each(SIDES)('keep hippocampus and temporal horn on the %s side and in its box', (side) => {
    const [lowest, highest] = HIPPOCAMPUS_BOXES[side];
    for (const point of surface(HIPPOCAMPI[side]))
      for (const axis of [0, 1, 2]) {
        expect(point[axis]).toBeGreaterThan(lowest[axis] as number);
        expect(point[axis]).toBeLessThan(highest[axis] as number);
      }
    for (const [x] of surface(TEMPORAL_HORNS[side]))
      expect(Math.sign(x)).toBe(side === 'left' ? -1 : 1);
  });

  it('lie wholly where atrophy is looked for', () => {
    for (const side of SIDES)
      for (const e of [HIPPOCAMPI[side], TEMPORAL_HORNS[side]])
        for (const [x, y, z] of surface(e)) {
          const inwards = [x, y, z].map((v, k) => v + ((e.centre[k] as number) - v) * 1e-6);
          expect(canChange(...(inwards as [number, number, number]))).toBe(true);
        }
    expect(canChange(0, -20, -12)).toBe(false);
  });
});
