/** For tests: twenty ways in which a volume can be broken, each made from a good one. */
import { gaussianNoise } from '../../random/gaussian-noise.ts';
import { RandomStream } from '../../random/philox.ts';
import type { Volume } from '../../volume.ts';

type Three = readonly [number, number, number];
type Breakage = (volume: Volume) => Volume;

/** Every voxel from another place of the volume; outside of it there is 0. */
function fromPlaces(from: (at: Three, middle: Three) => Three): Breakage {
  return ({ data, shape, affine }) => {
    const [X, Y, Z] = shape;
    const middle = [(X - 1) / 2, (Y - 1) / 2, (Z - 1) / 2] as const;
    const broken = data.map((_, n) => {
      const at = [Math.floor(n / (Y * Z)), Math.floor(n / Z) % Y, n % Z] as const;
      const [x, y, z] = from(at, middle).map(Math.round) as unknown as Three;
      if (x < 0 || y < 0 || z < 0 || x >= X || y >= Y || z >= Z) return 0;
      return data[(x * Y + y) * Z + z] ?? 0;
    });
    return { data: broken, shape, affine };
  };
}

/** @param voxels - along each axis */
export const shifted = (voxels: Three): Breakage =>
  fromPlaces(([x, y, z]) => [x - voxels[0], y - voxels[1], z - voxels[2]]);

/** @param signs - -1 for an axis that is turned round */
export const flipped = (signs: Three): Breakage =>
  fromPlaces(([x, y, z], [a, b, c]) => [
    a + signs[0] * (x - a),
    b + signs[1] * (y - b),
    c + signs[2] * (z - c),
  ]);

/** @param axes - which axis of the volume stands in the place of each */
export const permuted = (axes: Three): Breakage =>
  fromPlaces((at, middle) => {
    const out: [number, number, number] = [0, 0, 0];
    axes.forEach((axis, place) => {
      out[axis] = (middle[axis] ?? 0) + (at[place] ?? 0) - (middle[place] ?? 0);
    });
    return out;
  });

/** @param from - the first slice that is lost and the one after the last, as shares of the axis */
export const cropped = (axis: 0 | 1 | 2, from: number, to: number): Breakage => {
  return ({ data, shape, affine }) => {
    const [, Y, Z] = shape;
    const kept = data.map((value, n) => {
      const at = [Math.floor(n / (Y * Z)), Math.floor(n / Z) % Y, n % Z][axis] ?? 0;
      return at >= from * shape[axis] && at < to * shape[axis] ? 0 : value;
    });
    return { data: kept, shape, affine };
  };
};

/** @param share - deviation of the noise, of the largest intensity; magnitudes, as a scanner gives */
export const noisy = (share: number, inBrainOnly = false): Breakage => {
  return ({ data, shape, affine }) => {
    const most = data.reduce((a, b) => Math.max(a, b), 0);
    const noise = gaussianNoise(new RandomStream(1, 'broken volumes', 0), data.length);
    const broken = data.map((value, n) =>
      inBrainOnly && value === 0 ? 0 : Math.abs(value + share * most * (noise[n] ?? 0)),
    );
    return { data: broken, shape, affine };
  };
};

/** @param contrast - intensity, 0 to 1, to intensity; the background stays 0 */
export const recontrasted = (contrast: (share: number) => number): Breakage => {
  return ({ data, shape, affine }) => {
    const most = data.reduce((a, b) => Math.max(a, b), 0);
    return { data: data.map((value) => (value > 0 ? contrast(value / most) : 0)), shape, affine };
  };
};

/** Shifts of 12 mm and more at 3 mm; cuts of a quarter and more of the field of view. */
export const BREAKAGES: readonly (readonly [name: string, make: Breakage])[] = [
  ['shifted to the right', shifted([5, 0, 0])],
  ['shifted to the back', shifted([0, -5, 0])],
  ['shifted upwards', shifted([0, 0, 4])],
  ['shifted downwards', shifted([0, 0, -5])],
  ['shifted along all axes', shifted([3, 3, 3])],
  ['back to front', flipped([1, -1, 1])],
  ['upside down', flipped([1, 1, -1])],
  ['turned about the ears', flipped([1, -1, -1])],
  ['with x and y exchanged', permuted([1, 0, 2])],
  ['with y and z exchanged', permuted([0, 2, 1])],
  ['cut above', cropped(2, 0.66, 1)],
  ['cut in front', cropped(1, 0.72, 1)],
  ['without a hemisphere', cropped(0, 0, 0.45)],
  ['cut below', cropped(2, 0, 0.3)],
  ['with noise of 15 %', noisy(0.15)],
  ['with noise of 25 %', noisy(0.25)],
  ['with noise of 30 % in the brain', noisy(0.3, true)],
  ['inverted', recontrasted((share) => 1 - share)],
  ['with bright fluid', recontrasted((share) => Math.exp(-2 * share))],
  ['as a map of grey matter', recontrasted((s) => Math.exp(-(((s - 0.5) / 0.12) ** 2)))],
];
