/**
 * Occlusion (Zeiler and Fergus 2014): a cube of one value is moved over the element, and what the
 * score loses by it is shared by the voxels under the cube. A voxel under several cubes gets the mean
 * of their losses; cubes at the far end of an axis are cut off by it. All channels are covered at
 * once, so the map has one.
 */
import * as tf from '@tensorflow/tfjs';
import { throwIfCancelled } from '../cancel.ts';
import { batchOf, inputOf, readAll, type ElementMap, type Subject } from './subject.ts';

export interface Occlusion {
  /** Length of the cube along each axis, voxels. */
  readonly size: number;
  /** Voxels from one cube to the next, at most `size`. */
  readonly stride: number;
  /** Value of the voxels under the cube; 0 is the background of a normalised volume. */
  readonly value: number;
}

/** First voxel of a cube, and the one behind its last, along each axis. */
type Cube = readonly (readonly [from: number, to: number])[];

/** Positive where covering a voxel lowers the score. */
export async function occlusionMap(subject: Subject, options: Occlusion): Promise<ElementMap> {
  const { network, element, shape, target, signal } = subject;
  const spatial = shape.slice(0, -1);
  const channels = shape.at(-1) ?? 1;
  const voxels = element.length / channels;
  const input = inputOf(subject);
  const own = tf.tidy(() => network.predict(input));
  input.dispose();
  const [scores = new Float32Array(0)] = await readAll(subject, [own]);
  const whole = scores[target] ?? NaN;
  const losses = new Float64Array(voxels);
  const counts = new Uint32Array(voxels);
  const cubes = cubesOf(spatial, options);
  const most = batchOf(subject);
  for (let first = 0; first < cubes.length; first += most) {
    throwIfCancelled(signal);
    subject.onStep?.(first, cubes.length);
    const covered = cubes.slice(first, first + most);
    const batch = new Float32Array(covered.length * element.length);
    covered.forEach((cube, row) => {
      const variant = batch.subarray(row * element.length, (row + 1) * element.length);
      variant.set(element);
      eachLine(cube, spatial, (from, to) => {
        variant.fill(options.value, from * channels, to * channels);
      });
    });
    const variants = tf.tensor(batch, [covered.length, ...shape]);
    const made = tf.tidy(() => network.predict(variants));
    variants.dispose();
    const [found = new Float32Array(0)] = await readAll(subject, [made]);
    covered.forEach((cube, row) => {
      const loss = whole - (found[row * scores.length + target] ?? NaN);
      eachLine(cube, spatial, (from, to) => {
        for (let voxel = from; voxel < to; voxel++) {
          losses[voxel] = (losses[voxel] ?? 0) + loss;
          counts[voxel] = (counts[voxel] ?? 0) + 1;
        }
      });
    });
  }
  return {
    values: Float32Array.from(losses, (sum, voxel) => sum / (counts[voxel] ?? 1)),
    channels: 1,
    scores: Array.from(scores),
  };
}

/** Every place of the cube, the last axis fastest. */
export function cubesOf(
  spatial: readonly number[],
  { size, stride }: Pick<Occlusion, 'size' | 'stride'>,
): Cube[] {
  return spatial.reduce<Cube[]>(
    (cubes, length) => {
      const count = 1 + Math.ceil(Math.max(0, length - size) / stride);
      const places = Array.from({ length: count }, (_, place) => {
        const from = place * stride;
        return [from, Math.min(length, from + size)] as const;
      });
      return cubes.flatMap((cube) => places.map((place) => [...cube, place]));
    },
    [[]],
  );
}

/** Calls `use` with the first voxel of each line of a cube along the last axis, and the one behind. */
function eachLine(
  cube: Cube,
  spatial: readonly number[],
  use: (from: number, to: number) => void,
): void {
  const last = cube.length - 1;
  const descend = (axis: number, before: number) => {
    const [from, to] = cube[axis] as readonly [number, number];
    const start = before * (spatial[axis] as number);
    if (axis === last) use(start + from, start + to);
    else for (let place = from; place < to; place++) descend(axis + 1, start + place);
  };
  descend(0, 0);
}
