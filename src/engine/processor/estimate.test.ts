import { expect, test } from 'vitest';
import { planNetwork } from '../networks/registry.ts';
import { measuredRate, multiplications } from './estimate.ts';

test('counts the multiplications of a convolution and a dense layer', () => {
  const [small, large] = [40, 80].map((side) =>
    multiplications(planNetwork('Conv4_FC3', [1, side, side, side], 2, 0.5)),
  );
  // The first convolution alone: 80^3 voxels, 27 taps, 8 channels.
  expect(large).toBeGreaterThan(80 ** 3 * 27 * 8);
  // Eight times the voxels; dense layers and the padding of odd sides do not grow as much.
  expect((large ?? 0) / (small ?? 1)).toBeGreaterThan(4);
  expect((large ?? 0) / (small ?? 1)).toBeLessThan(9);
});

test('measures by the clock that it is given', () => {
  let now = 0;
  // A second passes between any two looks.
  const rate = measuredRate({ now: () => 0, elapsed: () => (now += 1000) });
  expect(rate).toBe(24 ** 3 * 27 * 8 * 16);
});
