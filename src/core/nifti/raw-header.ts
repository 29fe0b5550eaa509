/**
 * The fields of a NIfTI-1 or NIfTI-2 header as they stand in the file, unchecked but for what tells
 * the two apart. nifti-reader-js reads the fields; it checks nothing and mixes sform and qform into
 * one affine, so the sform's rows are read here. https://nifti.nimh.nih.gov/nifti-1 and /nifti-2
 */
import { NIFTI1, NIFTI2 } from 'nifti-reader-js';
import { CapsuleError, type Where } from '../errors.ts';

export interface RawHeader {
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  /** dim[0..7] and pixdim[0..7]. */
  readonly dims: readonly number[];
  readonly pixdims: readonly number[];
  readonly datatype: number;
  readonly bitpix: number;
  readonly voxOffset: number;
  readonly slope: number;
  readonly intercept: number;
  readonly qformCode: number;
  readonly sformCode: number;
  /** b, c, d. */
  readonly quaternion: readonly [number, number, number];
  readonly qoffset: readonly [number, number, number];
  /** srow_x, srow_y, srow_z: 12 numbers. */
  readonly srows: readonly number[];
}

export const HEADER_BYTES = { 1: 348, 2: 540 } as const;
/** Enough bytes for either version. */
export const MAX_HEADER_BYTES = 540;

const MAGIC = {
  1: { at: 344, single: [0x6e, 0x2b, 0x31, 0], pair: [0x6e, 0x69, 0x31, 0] },
  2: { at: 4, single: [0x6e, 0x2b, 0x32, 0, 0x0d, 0x0a, 0x1a, 0x0a], pair: [0x6e, 0x69, 0x32, 0] },
} as const;

/**
 * @param bytes - the first bytes of the file, inflated: `MAX_HEADER_BYTES`, or all of a shorter file.
 * @throws NIFTI_TRUNCATED, NIFTI_HEADER_SIZE, NIFTI_MAGIC, NIFTI_TWO_FILES.
 */
export function readRawHeader(bytes: Uint8Array<ArrayBuffer>, where: Where): RawHeader {
  const version = versionOf(bytes, where);
  const size = HEADER_BYTES[version];
  if (bytes.length < size) {
    const expected = `a header of ${size} bytes`;
    throw new CapsuleError('NIFTI_TRUNCATED', {
      ...where,
      expected,
      found: `${bytes.length} bytes`,
    });
  }
  checkMagic(bytes, version, where);
  // Exactly the header: the library would go on into extensions, whose sizes it trusts.
  const exact = bytes.slice(0, size).buffer;
  const fields = version === 1 ? new NIFTI1() : new NIFTI2();
  fields.readHeader(exact);
  return {
    version,
    littleEndian: fields.littleEndian,
    dims: fields.dims,
    pixdims: fields.pixDims,
    datatype: fields.datatypeCode,
    bitpix: fields.numBitsPerVoxel,
    voxOffset: fields.vox_offset,
    slope: fields.scl_slope,
    intercept: fields.scl_inter,
    qformCode: fields.qform_code,
    sformCode: fields.sform_code,
    quaternion: [fields.quatern_b, fields.quatern_c, fields.quatern_d],
    qoffset: [fields.qoffset_x, fields.qoffset_y, fields.qoffset_z],
    srows: sformRows(new DataView(exact), version, fields.littleEndian),
  };
}

function versionOf(bytes: Uint8Array<ArrayBuffer>, where: Where): 1 | 2 {
  const expected = 'sizeof_hdr 348 (NIfTI-1) or 540 (NIfTI-2)';
  if (bytes.length < 4) {
    throw new CapsuleError('NIFTI_TRUNCATED', {
      ...where,
      expected: `a header of ${HEADER_BYTES[1]} bytes`,
      found: `${bytes.length} bytes`,
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sizes = [view.getInt32(0, true), view.getInt32(0, false)];
  if (sizes.includes(HEADER_BYTES[1])) return 1;
  if (sizes.includes(HEADER_BYTES[2])) return 2;
  const named = matches(bytes, MAGIC[1].at, MAGIC[1].single) || matches(bytes, 4, MAGIC[2].single);
  throw new CapsuleError(named ? 'NIFTI_HEADER_SIZE' : 'NIFTI_MAGIC', {
    ...where,
    expected,
    found: `${sizes[0]}`,
  });
}

function checkMagic(bytes: Uint8Array, version: 1 | 2, where: Where): void {
  const { at, single, pair } = MAGIC[version];
  if (matches(bytes, at, single)) return;
  const found = bytes.subarray(at, at + 4);
  throw new CapsuleError(matches(bytes, at, pair) ? 'NIFTI_TWO_FILES' : 'NIFTI_MAGIC', {
    ...where,
    expected: `the magic "n+${version}"`,
    found: JSON.stringify(String.fromCharCode(...found)),
  });
}

function matches(bytes: Uint8Array, at: number, wanted: readonly number[]): boolean {
  return wanted.every((byte, i) => bytes[at + i] === byte);
}

function sformRows(view: DataView, version: 1 | 2, littleEndian: boolean): number[] {
  return Array.from({ length: 12 }, (_, i) =>
    version === 1
      ? view.getFloat32(280 + 4 * i, littleEndian)
      : view.getFloat64(400 + 8 * i, littleEndian),
  );
}
