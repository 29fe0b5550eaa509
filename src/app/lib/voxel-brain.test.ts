import { expect, test } from 'vitest';
import { voxelBrain } from './voxel-brain.ts';

const squares = (path: string): string[] => path.split('M').filter((part) => part !== '');

test('left and right mirror each other', () => {
  for (const { path } of voxelBrain(34, 40)) {
    const columns = squares(path).map((square) => parseInt(square, 10));
    const left = columns.filter((column) => column < 17).length;
    expect(columns.length - left).toBe(left);
  }
});

test('the corners stay empty and the levels grow darker', () => {
  const brain = voxelBrain();
  expect(
    brain.every(({ path }) => !squares(path).some((square) => square.startsWith('0 0h'))),
  ).toBe(true);
  const opacities = brain.map(({ opacity }) => opacity);
  expect([...opacities].sort((a, b) => a - b)).toEqual(opacities);
});
