/**
 * Between the order of voxels in a file (X fastest) and in a `Volume` (Z fastest), some planes at a
 * time: no second copy of the whole, and both sides are walked in runs that stay in the cache.
 */
import type { Shape3 } from '../volume.ts';
import { swapBytes } from './datatypes.ts';
import type { NiftiHeader } from './header.ts';

/** Planes to a block: 16 float32 are one cache line of the volume. */
const PLANES = 16;
/** Numbers that are turned at once: 256 KiB, which a core keeps close. */
const TILE = 2 ** 15;

/** Takes the voxels of a file in pieces of any length and puts them, scaled, into a volume. */
export class VoxelDecoder {
  /** Intensities, C order of `header.shape`. */
  readonly data: Float32Array<ArrayBuffer>;
  readonly #header: NiftiHeader;
  /** Planes as they stand in the file, until a block is full. */
  readonly #block: Uint8Array<ArrayBuffer>;
  /** Some rows of each of these planes as numbers. */
  readonly #tile: Float64Array<ArrayBuffer>;
  readonly #rows: number;
  #filled = 0;
  #plane = 0;

  /** @throws RangeError when there is no memory for the volume. */
  constructor(header: NiftiHeader) {
    const [x, y, z] = header.shape;
    this.#header = header;
    const planes = Math.min(PLANES, z);
    this.#rows = Math.max(1, Math.min(y, Math.floor(TILE / (planes * x))));
    this.#tile = new Float64Array(planes * x * this.#rows);
    this.#block = new Uint8Array(planes * x * y * header.datatype.bytes);
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
    const [sizeX, sizeY, sizeZ] = shape;
    const { data } = this;
    if (!littleEndian) swapBytes(this.#block, datatype.bytes);
    for (let y0 = 0; y0 < sizeY; y0 += this.#rows) {
      const rows = Math.min(this.#rows, sizeY - y0);
      const tile = this.#tile.subarray(0, planes * rows * sizeX);
      for (let plane = 0; plane < planes; plane++) {
        const part = tile.subarray(plane * rows * sizeX, (plane + 1) * rows * sizeX);
        datatype.widen(this.#block.buffer, (plane * sizeY + y0) * sizeX, part);
      }
      if (slope !== 1 || intercept !== 0) {
        for (let i = 0; i < tile.length; i++) tile[i] = slope * (tile[i] as number) + intercept;
      }
      for (let x = 0; x < sizeX; x++) {
        for (let y = 0; y < rows; y++) {
          const to = (x * sizeY + y0 + y) * sizeZ + this.#plane;
          let from = y * sizeX + x;
          for (let plane = 0; plane < planes; plane++, from += rows * sizeX) {
            data[to + plane] = tile[from] as number;
          }
        }
      }
    }
  }
}

/** @returns the voxels of a volume in the order of a file. */
export function fileOrder(data: Float32Array, shape: Shape3): Float32Array<ArrayBuffer> {
  const [sizeX, sizeY, sizeZ] = shape;
  const area = sizeX * sizeY;
  const ordered = new Float32Array(data.length);
  for (let z0 = 0; z0 < sizeZ; z0 += PLANES) {
    const end = Math.min(z0 + PLANES, sizeZ);
    for (let x = 0; x < sizeX; x++) {
      for (let y = 0; y < sizeY; y++) {
        const from = (x * sizeY + y) * sizeZ;
        const to = y * sizeX + x;
        for (let z = z0; z < end; z++) ordered[z * area + to] = data[from + z] as number;
      }
    }
  }
  return ordered;
}
