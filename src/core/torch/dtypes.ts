/** The element types of PyTorch tensors that Capsule reads and writes, and their storage classes in a pickle. */

export const DTYPES = {
  float32: { bytes: 4, storage: 'FloatStorage' },
  float64: { bytes: 8, storage: 'DoubleStorage' },
  float16: { bytes: 2, storage: 'HalfStorage' },
  bfloat16: { bytes: 2, storage: 'BFloat16Storage' },
  int64: { bytes: 8, storage: 'LongStorage' },
  int32: { bytes: 4, storage: 'IntStorage' },
  int16: { bytes: 2, storage: 'ShortStorage' },
  int8: { bytes: 1, storage: 'CharStorage' },
  uint8: { bytes: 1, storage: 'ByteStorage' },
  bool: { bytes: 1, storage: 'BoolStorage' },
} as const;

export type Dtype = keyof typeof DTYPES;

const BY_STORAGE = new Map<string, Dtype>(
  (Object.keys(DTYPES) as Dtype[]).map((dtype) => [DTYPES[dtype].storage, dtype]),
);

/** @returns the type stored by `torch.<name>`, undefined for a storage class that is not known. */
export function dtypeOfStorage(name: string): Dtype | undefined {
  return BY_STORAGE.get(name);
}

/** @returns the value of a float16 (IEEE 754 binary16) given by its bits. */
export function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** @returns the value of a bfloat16, the upper half of a float32, given by its bits. */
export function bfloat16Value(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits);
  return view.getFloat32(0);
}
