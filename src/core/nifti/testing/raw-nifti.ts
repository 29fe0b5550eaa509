/** NIfTI files field by field, so that tests can write any truth or lie. Offsets: nifti1.h, nifti2.h. */
type Bytes = Uint8Array<ArrayBuffer>;

export interface RawNifti {
  readonly version?: 1 | 2;
  readonly littleEndian?: boolean;
  readonly sizeofHdr?: number;
  readonly magic?: string;
  /** dim[0..7]; what is left out is 1. */
  readonly dims?: readonly number[];
  readonly datatype?: number;
  readonly bitpix?: number;
  readonly pixdims?: readonly number[];
  readonly voxOffset?: number;
  readonly slope?: number;
  readonly intercept?: number;
  readonly sformCode?: number;
  readonly qformCode?: number;
  readonly quaternion?: readonly number[];
  readonly qoffset?: readonly number[];
  readonly srows?: readonly number[];
  /** Voxels as they stand in the file. */
  readonly data?: Bytes;
}

/** Byte offsets of the fields that tests damage, by version. */
export const FIELDS = {
  1: { dim: 40, datatype: 70, bitpix: 72, pixdim: 76, offset: 108, slope: 112, magic: 344 },
  2: { dim: 16, datatype: 12, bitpix: 14, pixdim: 104, offset: 168, slope: 176, magic: 4 },
} as const;

/** @returns by default a sound 2 x 3 x 4 float32 volume of zeros with a sform of 1 mm. */
export function rawNifti(raw: RawNifti = {}): Bytes {
  const version = raw.version ?? 1;
  const little = raw.littleEndian ?? true;
  const first = version === 1 ? 352 : 544;
  const data = raw.data ?? new Uint8Array(2 * 3 * 4 * 4);
  const start = raw.voxOffset ?? first;
  const sane = Number.isInteger(start) && start >= first && start < 1e6;
  const dataAt = sane ? start : first;
  const bytes = new Uint8Array(dataAt + data.length);
  bytes.set(data, dataAt);
  const view = new DataView(bytes.buffer);
  const at = FIELDS[version];
  const int16 = (offset: number, value: number): void => view.setInt16(offset, value, little);
  const real = (offset: number, values: readonly number[]): void =>
    values.forEach((value, i) =>
      version === 1
        ? view.setFloat32(offset + 4 * i, value, little)
        : view.setFloat64(offset + 8 * i, value, little),
    );
  const dims = [...(raw.dims ?? [3, 2, 3, 4]), 1, 1, 1, 1, 1, 1].slice(0, 8);
  view.setInt32(0, raw.sizeofHdr ?? (version === 1 ? 348 : 540), little);
  bytes.set(
    new TextEncoder().encode(raw.magic ?? (version === 1 ? 'n+1\0' : 'n+2\0\r\n\x1a\n')),
    at.magic,
  );
  int16(at.datatype, raw.datatype ?? 16);
  int16(at.bitpix, raw.bitpix ?? 32);
  real(at.pixdim, [...(raw.pixdims ?? [1, 1, 1, 1]), 1, 1, 1, 1].slice(0, 8));
  real(at.slope, [raw.slope ?? 1, raw.intercept ?? 0]);
  const codes = [raw.qformCode ?? 0, raw.sformCode ?? 1];
  const quaternion = [...(raw.quaternion ?? [0, 0, 0]), ...(raw.qoffset ?? [0, 0, 0])];
  const srows = raw.srows ?? [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];
  if (version === 1) {
    dims.forEach((dim, i) => int16(at.dim + 2 * i, dim));
    view.setFloat32(at.offset, start, little);
    codes.forEach((code, i) => int16(252 + 2 * i, code));
    real(256, quaternion);
    real(280, srows);
  } else {
    dims.forEach((dim, i) => view.setBigInt64(at.dim + 8 * i, BigInt(dim), little));
    view.setBigInt64(at.offset, BigInt(Math.trunc(start)), little);
    codes.forEach((code, i) => view.setInt32(344 + 4 * i, code, little));
    real(352, quaternion);
    real(400, srows);
  }
  return bytes;
}

/** Number types by NIfTI code: bits, and how `DataView` writes one. */
export const NUMBER_TYPES: readonly {
  readonly code: number;
  readonly name: string;
  readonly bits: number;
  readonly write: (view: DataView, at: number, value: number, little: boolean) => void;
}[] = [
  { code: 2, name: 'uint8', bits: 8, write: (v, at, x) => v.setUint8(at, x) },
  { code: 256, name: 'int8', bits: 8, write: (v, at, x) => v.setInt8(at, x) },
  { code: 4, name: 'int16', bits: 16, write: (v, at, x, le) => v.setInt16(at, x, le) },
  { code: 512, name: 'uint16', bits: 16, write: (v, at, x, le) => v.setUint16(at, x, le) },
  { code: 8, name: 'int32', bits: 32, write: (v, at, x, le) => v.setInt32(at, x, le) },
  { code: 768, name: 'uint32', bits: 32, write: (v, at, x, le) => v.setUint32(at, x, le) },
  {
    code: 1024,
    name: 'int64',
    bits: 64,
    write: (v, at, x, le) => v.setBigInt64(at, BigInt(x), le),
  },
  {
    code: 1280,
    name: 'uint64',
    bits: 64,
    write: (v, at, x, le) => v.setBigUint64(at, BigInt(x), le),
  },
  { code: 16, name: 'float32', bits: 32, write: (v, at, x, le) => v.setFloat32(at, x, le) },
  { code: 64, name: 'float64', bits: 64, write: (v, at, x, le) => v.setFloat64(at, x, le) },
];

/** @returns numbers as the bytes of a type, in the order given. */
export function encode(
  code: number,
  values: readonly number[],
  littleEndian: boolean,
): { data: Bytes; datatype: number; bitpix: number } {
  const type = NUMBER_TYPES.find((known) => known.code === code);
  if (type === undefined) throw new Error(`no type ${code}`);
  const data = new Uint8Array((values.length * type.bits) / 8);
  const view = new DataView(data.buffer);
  values.forEach((value, i) => type.write(view, (i * type.bits) / 8, value, littleEndian));
  return { data, datatype: code, bitpix: type.bits };
}
