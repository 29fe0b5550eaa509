/**
 * Maps of patches, slices or regions laid together in the space of their scan, so that they can be
 * looked at in all planes: a voxel under several parts has the mean of their maps, one under none 0.
 */
import type { ElementGrid } from '../../core/caps/element-grid.ts';
import { invertAffine, transformPoint, type Vector3 } from '../../core/nifti/matrix.ts';
import type { Volume } from '../../core/volume.ts';

export interface PlacedMap {
  /** The first channel comes first; others are left out, as in the map's own NIfTI. */
  readonly values: Float32Array;
  readonly grid: ElementGrid;
}

/**
 * @param maps - at least one; a single one keeps its own grid
 * @param scan - grid of the volume that all of them were cut from
 */
export function wholeMap(maps: readonly PlacedMap[], scan: ElementGrid): Volume {
  const [first, ...others] = maps;
  if (first === undefined) throw new RangeError('no map');
  if (others.length === 0) {
    const [x, y, z] = first.grid.shape;
    return { ...first.grid, data: Float32Array.from(first.values.subarray(0, x * y * z)) };
  }
  const [, ny, nz] = scan.shape;
  const sums = new Float64Array(scan.shape.reduce((product, length) => product * length, 1));
  const counts = new Uint16Array(sums.length);
  const toScan = invertAffine(scan.affine);
  for (const { values, grid } of maps) {
    const start = startOf(grid, toScan);
    const [sx, sy, sz] = grid.shape;
    for (let x = 0; x < sx; x++) {
      for (let y = 0; y < sy; y++) {
        for (let z = 0; z < sz; z++) {
          const at = ((start[0] + x) * ny + start[1] + y) * nz + start[2] + z;
          sums[at] = (sums[at] ?? 0) + (values[(x * sy + y) * sz + z] ?? 0);
          counts[at] = (counts[at] ?? 0) + 1;
        }
      }
    }
  }
  const data = Float32Array.from(sums, (sum, at) => sum / Math.max(1, counts[at] ?? 1));
  return { data, shape: scan.shape, affine: scan.affine };
}

/** Voxel of the scan on which the first voxel of a part lies. */
function startOf({ affine }: ElementGrid, toScan: ElementGrid['affine']): Vector3 {
  const [x, y, z] = transformPoint(toScan, transformPoint(affine, [0, 0, 0]));
  return [Math.round(x), Math.round(y), Math.round(z)];
}
