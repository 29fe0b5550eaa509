/** NIfTI data types whose voxels are one real number each (nifti1.h, DT_*), and how their bytes become numbers. */
export interface Datatype {
  readonly name: string;
  readonly bytes: 1 | 2 | 4 | 8;
  /**
   * Fills `target` with the numbers of `buffer` (aligned, in this machine's byte order) from the
   * one of index `first` on. 64-bit integers are rounded to the nearest double.
   */
  readonly widen: (buffer: ArrayBuffer, first: number, target: Float64Array) => void;
}

type NumericArray = new (buffer: ArrayBuffer, offset: number, length: number) => ArrayLike<number>;

const plain = (name: string, bytes: 1 | 2 | 4 | 8, View: NumericArray): Datatype => ({
  name,
  bytes,
  widen: (buffer, first, target) => target.set(new View(buffer, bytes * first, target.length)),
});

const wide = (name: string, High: NumericArray): Datatype => ({
  name,
  bytes: 8,
  widen: (buffer, first, target) => {
    const low = new Uint32Array(buffer, 8 * first, 2 * target.length);
    const high = new High(buffer, 8 * first, 2 * target.length);
    // 2^32 times the upper half is exact, so the sum is rounded once.
    for (let i = 0; i < target.length; i++) {
      target[i] = (high[2 * i + 1] as number) * 2 ** 32 + (low[2 * i] as number);
    }
  },
});

/** By code. Complex, RGB and 128-bit types are left out on purpose: they are not one real number. */
export const DATATYPES: ReadonlyMap<number, Datatype> = new Map([
  [2, plain('uint8', 1, Uint8Array)],
  [4, plain('int16', 2, Int16Array)],
  [8, plain('int32', 4, Int32Array)],
  [16, plain('float32', 4, Float32Array)],
  [64, plain('float64', 8, Float64Array)],
  [256, plain('int8', 1, Int8Array)],
  [512, plain('uint16', 2, Uint16Array)],
  [768, plain('uint32', 4, Uint32Array)],
  [1024, wide('int64', Int32Array)],
  [1280, wide('uint64', Uint32Array)],
]);

/** For messages: the types that are refused have names too. */
const REFUSED: ReadonlyMap<number, string> = new Map([
  [0, 'unknown'],
  [1, 'binary'],
  [32, 'complex64'],
  [128, 'RGB'],
  [1536, 'float128'],
  [1792, 'complex128'],
  [2048, 'complex256'],
  [2304, 'RGBA'],
]);

/** @returns the type's name, or its code when it has none. */
export function datatypeName(code: number): string {
  return DATATYPES.get(code)?.name ?? REFUSED.get(code) ?? `code ${code}`;
}

/** Reverses the bytes of each element in place. */
export function swapBytes(bytes: Uint8Array, width: number): void {
  for (let start = 0; start + width <= bytes.length; start += width) {
    for (let i = start, j = start + width - 1; i < j; i++, j--) {
      const kept = bytes[i] as number;
      bytes[i] = bytes[j] as number;
      bytes[j] = kept;
    }
  }
}
