/**
 * Between the order of voxels in a file (X fastest) and in a `Volume` (Z fastest), some planes at a
 * time: no second copy of the whole, and both sides are walked in runs that stay in the cache.
 */
import type { Shape3 } from '../volume.ts';
import { swapBytes } from './datatypes.ts';
import type { NiftiHeader } from './header.ts';

/** Planes to a block: 16 float32 are one cache line of the volume. */
const PLANES = 16;

/** Takes the voxels of a file in pieces of any length and puts them, scaled, into a volume. */
export class VoxelDecoder {
  /** Intensities, C order of `header.shape`. */
  readonly data: Float32Array<ArrayBuffer>;
  readonly #header: NiftiHeader;
  /** Planes as they stand in the file, until a block is full. */
  readonly #block: Uint8Array<ArrayBuffer>;
  readonly #numbers: Float64Array<ArrayBuffer>;
  #filled = 0;
  #plane = 0;

  /** @throws RangeError when there is no memory for the volume. */
  constructor(header: NiftiHeader) {
    const [x, y, z] = header.shape;
    this.#header = header;
    this.#numbers = new Float64Array(x * y * Math.min(PLANES, z));
    this.#block = new Uint8Array(this.#numbers.length * header.datatype.bytes);
    this.data = new Float32Array(x * y * z);
  }

  /** @param bytes - the next bytes; all together `header.dataLength`, no more. */
  push(bytes: Uint8Array): void {
    for (let taken = 0; taken < bytes.length;) {
      const part = bytes.subarray(taken, taken + this.#block.length - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      taken += part.length;
      const [x, y, z] = this.#header.shape;
      const planes = Math.min(PLANES, z - this.#plane);
      if (this.#filled < planes * x * y * this.#header.datatype.bytes) continue;
      this.#place(planes);
      this.#plane += planes;
      this.#filled = 0;
    }
  }

  #place(planes: number): void {
    const { shape, datatype, littleEndian, slope, intercept } = this.#header;
    const numbers = this.#numbers.subarray(0, shape[0] * shape[1] * planes);
    if (!littleEndian) swapBytes(this.#block, datatype.bytes);
    datatype.widen(this.#block.buffer, numbers);
    if (slope !== 1 || intercept !== 0) {
      for (let i = 0; i < numbers.length; i++) {
        numbers[i] = slope * (numbers[i] as number) + intercept;
      }
    }
    transposeBlock(shape, this.#plane, planes, (inVolume, inBlock) => {
      this.data[inVolume] = numbers[inBlock] as number;
    });
  }
}

/** @returns the voxels of a volume in the order of a file. */
export function fileOrder(data: Float32Array, shape: Shape3): Float32Array<ArrayBuffer> {
  const [x, y, z] = shape;
  const ordered = new Float32Array(data.length);
  for (let plane = 0; plane < z; plane += PLANES) {
    const block = ordered.subarray(plane * x * y);
    transposeBlock(shape, plane, Math.min(PLANES, z - plane), (inVolume, inBlock) => {
      block[inBlock] = data[inVolume] as number;
    });
  }
  return ordered;
}

/** Calls `move` with the two indices of each voxel of the planes `[start, start + planes)`. */
function transposeBlock(
  [sizeX, sizeY, sizeZ]: Shape3,
  start: number,
  planes: number,
  move: (inVolume: number, inBlock: number) => void,
): void {
  const area = sizeX * sizeY;
  for (let x = 0; x < sizeX; x++) {
    for (let y = 0; y < sizeY; y++) {
      const inVolume = (x * sizeY + y) * sizeZ + start;
      const inBlock = y * sizeX + x;
      for (let plane = 0; plane < planes; plane++) move(inVolume + plane, inBlock + plane * area);
    }
  }
}
