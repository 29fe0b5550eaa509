/**
 * Size reduction: a box of the image of which every second (third, fourth, fifth) voxel is kept along
 * each axis. The boxes are ClinicaDL's for cropped t1-linear images of 169 x 208 x 179 voxels; of a
 * smaller image there is as much of the box as it has, like a slice in Python.
 */
import { CapsuleError } from '../errors.ts';
import type { Extraction } from './extraction.ts';

interface Box {
  readonly start: readonly [number, number, number];
  /** One behind the last voxel. */
  readonly end: readonly [number, number, number];
}

const BOXES: Readonly<Record<number, Box>> = {
  2: { start: [4, 8, 8], end: [164, 200, 168] },
  3: { start: [0, 8, 4], end: [168, 200, 172] },
  4: { start: [4, 8, 8], end: [164, 200, 168] },
  5: { start: [4, 0, 8], end: [164, 200, 168] },
};

/** Keys of an experiment. */
export interface ReductionChoice {
  readonly size_reduction: boolean;
  readonly size_reduction_factor: number;
}

/**
 * @returns the extraction with the reduction that an experiment asks for
 * @throws CONFIG_VALUE for parts of images, which have other shapes than the boxes are made for
 */
export function withReduction(extraction: Extraction, choice: ReductionChoice): Extraction {
  if (!choice.size_reduction) return extraction;
  if (extraction.mode === 'image') {
    return { ...extraction, reduction: choice.size_reduction_factor };
  }
  throw new CapsuleError('CONFIG_VALUE', {
    expected: '"size_reduction" for whole images only',
    found: `preprocessing of mode ${extraction.mode}`,
  });
}

/**
 * @param shape - of an image, voxels
 * @throws EXTRACTION_EMPTY where nothing of the image is in the box
 */
export function reducedShape(shape: readonly number[], factor: number): number[] {
  const reduced = axesOf(shape, factor).map((positions) => positions.length);
  if (reduced.every((length) => length > 0)) return reduced;
  throw new CapsuleError('EXTRACTION_EMPTY', {
    expected: 'images of 169 x 208 x 179 voxels for "size_reduction"',
    found: shape.join(' x '),
    action: 'Leave "size_reduction" out.',
  });
}

/** @param data - of an image of this shape, last axis fastest */
export function reduced(
  data: Float32Array,
  shape: readonly number[],
  factor: number,
): Float32Array<ArrayBuffer> {
  const [xs = [], ys = [], zs = []] = axesOf(shape, factor);
  const [, height = 1, depth = 1] = shape;
  const kept = new Float32Array(xs.length * ys.length * zs.length);
  let at = 0;
  for (const x of xs) {
    for (const y of ys) {
      const line = (x * height + y) * depth;
      for (const z of zs) kept[at++] = data[line + z] ?? 0;
    }
  }
  return kept;
}

/** The first voxel that is kept. */
export function reductionStart(factor: number): readonly [number, number, number] {
  return boxOf(factor).start;
}

function axesOf(shape: readonly number[], factor: number): number[][] {
  const { start, end } = boxOf(factor);
  return shape.map((length, axis) => {
    const positions: number[] = [];
    const last = Math.min(length, end[axis] ?? 0);
    for (let at = start[axis] ?? 0; at < last; at += factor) positions.push(at);
    return positions;
  });
}

export function boxOf(factor: number): Box {
  const box = BOXES[factor];
  if (box !== undefined) return box;
  throw new CapsuleError('CONFIG_VALUE', {
    expected: '"size_reduction_factor" to be 2, 3, 4 or 5',
    found: String(factor),
  });
}
