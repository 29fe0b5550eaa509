/** Tensors that a device cannot bind at once, cut into ranges of rows. */
import type { Tensor } from '@tensorflow/tfjs';
import type { Slice } from '../device/tfjs-backend.ts';

export interface Range {
  readonly first: number;
  readonly count: number;
}

const BYTES = 4;
/** So many rows of any width end at a multiple of 256 bytes, where a binding may begin. */
const ALIGNED_ROWS = 64;

/**
 * @param rows - of `width` numbers each
 * @param maxBinding - bytes
 * @returns one range where all can be bound
 */
export function rangesOf(rows: number, width: number, maxBinding: number): Range[] {
  const bytes = width * BYTES;
  if (rows * bytes <= maxBinding) return [{ first: 0, count: rows }];
  const count = Math.max(1, Math.floor(maxBinding / bytes / ALIGNED_ROWS)) * ALIGNED_ROWS;
  return Array.from({ length: Math.ceil(rows / count) }, (_, index) => ({
    first: index * count,
    count: Math.min(count, rows - index * count),
  }));
}

/** @returns the tensor in slices, whatever its shape; of tensors of one size, slices that correspond */
export function slicesOf(tensor: Tensor, maxBinding: number): Slice[] {
  return rangesOf(tensor.size, 1, maxBinding).map(({ first: from, count }) => ({
    ...{ tensor, from, count },
  }));
}
