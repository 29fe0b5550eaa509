/**
 * The part of a volume that a network sees: the whole image, a patch, a slice or a region, cut as
 * the volume is read. Values and order are those of ClinicaDL's `.pt` tensors, bit for bit:
 * channels first, then the axes of the volume that remain, last axis fastest.
 */
import { CapsuleError } from '../errors.ts';
import type { Shape3, Volume } from '../volume.ts';
import { discardedSlices, type Extraction, type ModeOptions } from './extraction.ts';
import type { RegionMask } from './regions.ts';
import { reducedShape } from './size-reduction.ts';

export interface Element {
  /** Intensities as in the volume; the volume's own array when the element is the whole image. */
  readonly data: Float32Array<ArrayBuffer>;
  /** Channels first: (1, X, Y, Z), (1, P, P, P) or (1 or 3, A, B). */
  readonly shape: readonly number[];
}

type Axis = 0 | 1 | 2;
type Start = readonly [number, number, number];

/**
 * @param shape - of the volume
 * @returns how many elements the extraction makes of such a volume
 * @throws EXTRACTION_EMPTY when that is none
 */
export function elementCount(shape: Shape3, extraction: ModeOptions): number {
  const count = countOf(shape, extraction);
  if (count > 0) return count;
  throw new CapsuleError('EXTRACTION_EMPTY', {
    expected: 'one element or more',
    found: `${extraction.mode} extraction from ${shape.join(' x ')} voxels`,
  });
}

/** @returns the shape of every element, channels first: the input size of a network. */
export function elementShape(
  shape: Shape3,
  extraction: ModeOptions,
  masks: readonly RegionMask[] = [],
): readonly number[] {
  elementCount(shape, extraction);
  switch (extraction.mode) {
    case 'image': {
      const { reduction } = extraction;
      return [1, ...(reduction === undefined ? shape : reducedShape(shape, reduction))];
    }
    case 'patch':
      return [1, extraction.patchSize, extraction.patchSize, extraction.patchSize];
    case 'slice':
      return [extraction.channels === 'rgb' ? 3 : 1, ...otherSizes(shape, extraction.direction)];
    case 'roi': {
      const planes = maskAt(masks, extraction, 0).planes;
      return extraction.uncropped ? [1, ...shape] : [1, ...planes.map((kept) => kept.length)];
    }
  }
}

/**
 * The element before any size reduction, which comes after its normalisation.
 * @param index - of the element, below `elementCount`; for slices counted from the first one kept
 * @param masks - of the regions, in the order of the extraction; needed in mode `roi` only
 * @throws EXTRACTION_EMPTY, CAPS_MASK when a mask is missing or has another shape than the volume
 */
export function extractElement(
  volume: Volume,
  extraction: Extraction | ModeOptions,
  index: number,
  masks: readonly RegionMask[] = [],
): Element {
  const count = elementCount(volume.shape, extraction);
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new RangeError(`element ${index} of ${count}`);
  }
  switch (extraction.mode) {
    case 'image':
      return { data: volume.data, shape: [1, ...volume.shape] };
    case 'patch':
      return patch(volume, extraction.patchSize, extraction.strideSize, index);
    case 'slice': {
      const [begin] = discardedSlices(extraction.discarded);
      const channels = extraction.channels === 'rgb' ? 3 : 1;
      return slice(volume, extraction.direction, begin + index, channels);
    }
    case 'roi':
      return region(volume, maskAt(masks, extraction, index), extraction.uncropped);
  }
}

function countOf(shape: Shape3, extraction: ModeOptions): number {
  switch (extraction.mode) {
    case 'image':
      return shape.every((size) => size > 0) ? 1 : 0;
    case 'patch': {
      const [x, y, z] = patchGrid(shape, extraction.patchSize, extraction.strideSize);
      return x * y * z;
    }
    case 'slice': {
      const [begin, end] = discardedSlices(extraction.discarded);
      return Math.max(0, shape[extraction.direction] - begin - end);
    }
    case 'roi':
      return extraction.regions.length;
  }
}

/** Patches along each axis: no padding, voxels behind the last whole patch are dropped. */
function patchGrid(shape: Shape3, size: number, stride: number): Start {
  const along = (length: number) => Math.max(0, Math.floor((length - size) / stride) + 1);
  return [along(shape[0]), along(shape[1]), along(shape[2])];
}

/** @returns the first voxel of a patch; the last axis is the fastest to move along. */
export function patchStart(shape: Shape3, size: number, stride: number, index: number): Start {
  const [, ny, nz] = patchGrid(shape, size, stride);
  return [
    Math.floor(index / (ny * nz)) * stride,
    (Math.floor(index / nz) % ny) * stride,
    (index % nz) * stride,
  ];
}

function patch(volume: Volume, size: number, stride: number, index: number): Element {
  const start = patchStart(volume.shape, size, stride, index);
  return { data: block(volume, start, [size, size, size]), shape: [1, size, size, size] };
}

function slice(volume: Volume, axis: Axis, position: number, channels: 1 | 3): Element {
  const { shape } = volume;
  const start: Start = [0, 1, 2].map((a) => (a === axis ? position : 0)) as unknown as Start;
  const size = shape.map((length, a) => (a === axis ? 1 : length)) as unknown as Shape3;
  const plane = block(volume, start, size);
  const data = new Float32Array(plane.length * channels);
  for (let channel = 0; channel < channels; channel += 1) data.set(plane, channel * plane.length);
  return { data, shape: [channels, ...otherSizes(shape, axis)] };
}

/** A box of the volume, copied line by line. */
function block(volume: Volume, [x0, y0, z0]: Start, [nx, ny, nz]: Shape3) {
  const [, height, depth] = volume.shape;
  const data = new Float32Array(nx * ny * nz);
  let at = 0;
  for (let x = x0; x < x0 + nx; x += 1) {
    for (let y = y0; y < y0 + ny; y += 1) {
      const line = (x * height + y) * depth + z0;
      data.set(volume.data.subarray(line, line + nz), at);
      at += nz;
    }
  }
  return data;
}

/** Image times mask; unless uncropped, only the planes that meet the mask, on each axis. */
function region(volume: Volume, mask: RegionMask, uncropped: boolean): Element {
  const { shape } = volume;
  if (shape.some((size, axis) => size !== mask.shape[axis])) {
    throw new CapsuleError('CAPS_MASK', {
      file: mask.file,
      expected: `a mask of ${shape.join(' x ')} voxels`,
      found: mask.shape.join(' x '),
    });
  }
  const [xs, ys, zs] = uncropped ? shape.map(upTo) : mask.planes;
  const sizes = [xs?.length ?? 0, ys?.length ?? 0, zs?.length ?? 0];
  const data = new Float32Array(sizes.reduce((product, size) => product * size, 1));
  let at = 0;
  for (const x of xs ?? []) {
    for (const y of ys ?? []) {
      const line = (x * shape[1] + y) * shape[2];
      for (const z of zs ?? []) {
        // A product, not a choice: zero times a negative or NaN voxel is what PyTorch stores.
        data[at] = (volume.data[line + z] ?? 0) * (mask.voxels[line + z] ?? 0);
        at += 1;
      }
    }
  }
  return { data, shape: [1, ...sizes] };
}

function maskAt(
  masks: readonly RegionMask[],
  extraction: ModeOptions & { mode: 'roi' },
  index: number,
): RegionMask {
  const mask = masks[index];
  if (mask !== undefined) return mask;
  const name = extraction.regions[index] ?? String(index);
  throw new CapsuleError('CAPS_MASK', { expected: `a mask of region ${name}`, found: 'none' });
}

const otherSizes = (shape: Shape3, axis: Axis): number[] => shape.filter((_, a) => a !== axis);

const upTo = (length: number): number[] => Array.from({ length }, (_, position) => position);
