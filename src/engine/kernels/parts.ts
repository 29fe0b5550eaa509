/**
 * Large convolutions are not kept but made again, part by part, whenever they are needed: a part is
 * some planes of one volume, cut between the pairs that PadMaxPool takes together. A first block
 * makes its convolution of one channel with little arithmetic, and it is by far the largest tensor
 * of a network: 201 MB a volume of 169 x 208 x 179, where many devices bind 128 MiB at once.
 */
import { quadsOf } from './storage.ts';

/** The convolution's voxels from one line of Z on, and where their pooled voxels begin. */
export interface Part {
  /** `[batch, X, Y, Z, channels]` of the part; several volumes only where all are one part. */
  readonly shape: readonly number[];
  /** Its first line of Z among all lines `[batch, X, Y]`. */
  readonly firstLine: number;
  /** Its first voxel among all pooled voxels. */
  readonly firstPooled: number;
}

/** Above this a convolution of one channel is made again rather than kept. */
const KEPT_OF_ONE_CHANNEL = 32 * 2 ** 20;
/** Enough voxels for the threads of a large GPU. */
const PART = 16 * 2 ** 20;

/** How much of a convolution is kept, and what it is made in where it is not. */
export interface Budget {
  readonly kept: number;
  readonly part: number;
  /** Of a number as it is stored. */
  readonly bytes: number;
}

/**
 * @param maxBinding - bytes that the device binds at once
 * @param bytes - of a number as it is stored
 */
export function budgetOf(inputs: number, maxBinding: number, bytes = 4): Budget {
  const kept = inputs === 1 ? Math.min(KEPT_OF_ONE_CHANNEL, maxBinding) : maxBinding;
  return { kept, part: PART, bytes };
}

/** Bytes of a convolution of this shape as it is stored. */
export function convolvedBytes(shape: readonly number[], bytes: number): number {
  const [batch = 1, X = 1, Y = 1, Z = 1, channels = 1] = shape;
  return batch * X * Y * Z * quadsOf(channels) * 4 * bytes;
}

export function wholeOf(shape: readonly number[]): Part {
  return { shape, firstLine: 0, firstPooled: 0 };
}

/**
 * @param shape - of the convolution, `[batch, X, Y, Z, channels]`
 * @returns one part where all is kept; parts have at least two planes
 */
export function partsOf(shape: readonly number[], budget: Budget): Part[] {
  if (convolvedBytes(shape, budget.bytes) <= budget.kept) return [wholeOf(shape)];
  const [batch = 1, X = 1, Y = 1, Z = 1, channels = 1] = shape;
  const [pooledX, pooledY, pooledZ] = [X, Y, Z].map((length) => Math.ceil(length / 2)) as Three;
  const pair = convolvedBytes([1, 2, Y, Z, channels], budget.bytes);
  const pairs = Math.max(1, Math.floor(budget.part / pair));
  const parts: Part[] = [];
  for (let volume = 0; volume < batch; volume++) {
    for (let first = 0; first < pooledX; first += pairs) {
      // The first pair of an odd axis is one plane and the padding.
      const from = Math.max(0, 2 * first - (X % 2));
      const to = 2 * Math.min(first + pairs, pooledX) - (X % 2);
      parts.push({
        shape: [1, to - from, Y, Z, channels],
        firstLine: (volume * X + from) * Y,
        firstPooled: (volume * pooledX + first) * pooledY * pooledZ,
      });
    }
  }
  return parts;
}

type Three = [number, number, number];
