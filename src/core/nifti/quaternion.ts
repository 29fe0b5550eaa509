/**
 * The quaternion of a rotation, by whichever of its four parts is largest, so that nothing small is
 * divided by: S. W. Shepperd, Quaternion from rotation matrix, J. Guidance and Control 1 (1978).
 */
import type { Vector3 } from './matrix.ts';

/**
 * @param columns - the three columns of a rotation, orthogonal to rounding.
 * @returns b, c, d of the unit quaternion whose first part a is not negative.
 */
export function rotationQuaternion([x, y, z]: readonly [Vector3, Vector3, Vector3]): Vector3 {
  const [xx, yx, zx] = x;
  const [xy, yy, zy] = y;
  const [xz, yz, zz] = z;
  // Products of pairs of parts, times 4: a row each for a, b, c, d.
  const products = [
    [1 + xx + yy + zz, zy - yz, xz - zx, yx - xy],
    [zy - yz, 1 + xx - yy - zz, yx + xy, xz + zx],
    [xz - zx, yx + xy, 1 - xx + yy - zz, zy + yz],
    [yx - xy, xz + zx, zy + yz, 1 - xx - yy + zz],
  ];
  const squares = products.map((row, part) => row[part] as number);
  const row = products[squares.indexOf(Math.max(...squares))] as number[];
  const length = Math.hypot(...row) * ((row[0] as number) < 0 ? -1 : 1);
  const [, b, c, d] = row.map((value) => value / length);
  return [b as number, c as number, d as number];
}
