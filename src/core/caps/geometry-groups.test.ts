import { expect, test } from 'vitest';
import type { Affine, Shape3 } from '../volume.ts';
import { groupGeometries, type PlacedVolume } from './geometry-groups.ts';

const ONE: Affine = [1, 0, 0, -90, 0, 1, 0, -126, 0, 0, 1, -72, 0, 0, 0, 1];
const moved = (by: number): Affine => ONE.map((value, at) => (at === 3 ? value + by : value));
let count = 0;
const volume = (shape: Shape3, affine: Affine | undefined): PlacedVolume => {
  count += 1;
  return { participant: `sub-${count}`, session: 'ses-1', path: `${count}.nii`, shape, affine };
};
const sizes = (volumes: readonly PlacedVolume[]) =>
  groupGeometries(volumes).map((group) => group.volumes.length);

test('volumes of one grid are one group, in their order', () => {
  const volumes = [volume([2, 3, 4], ONE), volume([2, 3, 4], [...ONE])];
  const [group, ...others] = groupGeometries(volumes);
  expect(group).toEqual({ shape: [2, 3, 4], affine: ONE, volumes });
  expect(others).toEqual([]);
});

test('another shape or another place is another group, the largest first', () => {
  const volumes = [
    volume([2, 3, 5], ONE),
    ...Array.from({ length: 3 }, () => volume([2, 3, 4], ONE)),
    volume([2, 3, 4], moved(2)),
    volume([2, 3, 4], moved(2)),
  ];
  const groups = groupGeometries(volumes);
  expect(groups.map(({ shape, affine }) => [shape.join(), affine?.[3]])).toEqual([
    ['2,3,4', -90],
    ['2,3,4', -88],
    ['2,3,5', -90],
  ]);
});

test('the rounding of a header is no other place, a hundredth of a millimetre is', () => {
  const shape = [2, 3, 4] as const;
  expect(sizes([volume(shape, ONE), volume(shape, moved(4e-4))])).toEqual([2]);
  expect(sizes([volume(shape, ONE), volume(shape, moved(0.01))])).toEqual([1, 1]);
});

test('tensors, whose place nobody knows, stand apart', () => {
  const shape = [2, 3, 4] as const;
  const volumes = [volume(shape, undefined), volume(shape, ONE), volume(shape, undefined)];
  expect(sizes(volumes)).toEqual([2, 1]);
});

test('10,000 volumes in 10,000 places are sorted in a moment', () => {
  const volumes = Array.from({ length: 10_000 }, (_, i) => volume([2, 3, 4], moved(i)));
  const start = performance.now();
  expect(groupGeometries(volumes)).toHaveLength(10_000);
  expect(performance.now() - start).toBeLessThan(3000);
});
