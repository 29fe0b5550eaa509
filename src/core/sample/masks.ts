/** Box masks of the hippocampi on the grids of the sample brains, for ClinicaDL's mode `roi`. */
import type { Volume } from '../volume.ts';
import { sampleGrid } from './grid.ts';
import { HIPPOCAMPUS_BOXES, type Side } from './regions.ts';

/** @returns 1 where a voxel's centre lies in the box, 0 elsewhere. */
export function boxMask(side: Side, millimetres: number): Volume {
  const { shape, affine, origin } = sampleGrid(millimetres);
  const [lowest, highest] = HIPPOCAMPUS_BOXES[side];
  const [X, Y, Z] = shape;
  const within = (voxel: number, axis: 0 | 1 | 2): boolean => {
    const at = origin[axis] + millimetres * voxel;
    return at >= lowest[axis] && at <= highest[axis];
  };
  const data = new Float32Array(X * Y * Z);
  for (let x = 0, n = 0; x < X; x++)
    for (let y = 0; y < Y; y++)
      for (let z = 0; z < Z; z++, n++)
        if (within(x, 0) && within(y, 1) && within(z, 2)) data[n] = 1;
  return { data, shape, affine };
}
