/**
 * The three middle planes of a grid of voxels, one pixel a voxel: nothing is interpolated, so that they
 * show what a network is given. Each is named for the anatomical plane it is nearest to and turned as
 * `plane.ts` turns pictures: head up, nose to the right, the person's left on the left.
 */
import { orientationLetters, voxelSizes } from '../nifti/matrix.ts';
import type { Volume } from '../volume.ts';
import { PLANES, type Plane } from './plane.ts';

export interface VoxelPlane {
  readonly plane: Plane;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Height of a pixel by its width. */
  readonly pixelRatio: number;
  /** Row by row from the top left. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** Letters of the directions across, up and through each plane. */
const LETTERS: Readonly<Record<Plane, readonly [string, string, string]>> = {
  sagittal: ['PA', 'IS', 'LR'],
  coronal: ['LR', 'IS', 'PA'],
  axial: ['LR', 'PA', 'IS'],
};

/** @returns sagittal, coronal, axial; of a grid of one plane that plane alone */
export function middlePlanes({ data, shape, affine }: Volume): VoxelPlane[] {
  const letters = orientationLetters(affine);
  const sizes = voxelSizes(affine);
  const strides = [shape[1] * shape[2], shape[2], 1] as const;
  const axisOf = (pair: string) => {
    const axis = [...letters].findIndex((letter) => pair.includes(letter)) as 0 | 1 | 2;
    const length = shape[axis];
    return { axis, length, isForward: letters[axis] === pair[1], stride: strides[axis] };
  };
  return PLANES.flatMap((plane): VoxelPlane[] => {
    const [across, up, through] = LETTERS[plane].map(axisOf) as [Axis, Axis, Axis];
    const [width, height] = [across.length, up.length];
    if (width === 1 || height === 1) return [];
    const start = through.stride * Math.floor(through.length / 2);
    const values = new Float32Array(width * height);
    for (let row = 0; row < height; row++) {
      const line = start + up.stride * (up.isForward ? height - 1 - row : row);
      for (let column = 0; column < width; column++) {
        const at = line + across.stride * (across.isForward ? column : width - 1 - column);
        values[row * width + column] = data[at] ?? NaN;
      }
    }
    return [{ plane, width, height, pixelRatio: sizes[up.axis] / sizes[across.axis], values }];
  });
}

interface Axis {
  readonly axis: 0 | 1 | 2;
  readonly length: number;
  /** Whether the array runs to the second letter of the pair: right, front, head. */
  readonly isForward: boolean;
  readonly stride: number;
}
