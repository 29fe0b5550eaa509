/**
 * A NIfTI header that can be trusted: every field that reading depends on has been checked, and each
 * fault has its own code. nibabel repairs some of these faults silently; here they are refused,
 * because a wrong geometry or a wrong scale is a wrong result.
 */
import { CapsuleError, type ErrorCode, type Where } from '../errors.ts';
import type { Shape3 } from '../volume.ts';
import { DATATYPES, datatypeName, type Datatype } from './datatypes.ts';
import { readRawHeader, type RawHeader } from './raw-header.ts';

/** Numbers of voxels that Capsule opens: 4 GiB as float32. */
export const MAX_VOXELS = 2 ** 30;
/** Header extensions stand before the voxels; no sane file has more of them. */
const MAX_OFFSET = 2 ** 26;

/** What `affine.ts` needs, as stored: the two orientations and the voxel size. */
export type Orientation = Pick<
  RawHeader,
  'qformCode' | 'sformCode' | 'quaternion' | 'qoffset' | 'srows'
> & {
  readonly shape: Shape3;
  /** Millimetres along the three axes of the array, all positive. */
  readonly voxelSize: Shape3;
  /** Sign of the third axis of the qform. */
  readonly qfac: 1 | -1;
};

export interface NiftiHeader extends Orientation {
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  readonly datatype: Datatype;
  /** Bytes before the first voxel. */
  readonly dataOffset: number;
  /** Bytes of all voxels. */
  readonly dataLength: number;
  /** intensity = slope * stored + intercept; 1 and 0 when the header asks for no scaling. */
  readonly slope: number;
  readonly intercept: number;
}

export interface HeaderOptions {
  /** Takes `(1, X, Y, Z)` for `(X, Y, Z)`, as masks are sometimes stored. */
  readonly leadingOne?: boolean;
  /** Takes `(X, Y, Z, T)` for `(X, Y, Z T)`: the volumes of a series one behind the other. */
  readonly stacked?: boolean;
}

/**
 * @param bytes - the first `MAX_HEADER_BYTES` of the file, inflated, or all of a shorter file.
 * @throws the NIFTI_ codes of `readRawHeader`, and NIFTI_DIMENSIONS, _TOO_LARGE, _NOT_3D, _DATATYPE,
 * _BITPIX, _OFFSET, _SCALING, _VOXEL_SIZE.
 */
export function parseHeader(
  bytes: Uint8Array<ArrayBuffer>,
  where: Where,
  { leadingOne = false, stacked = false }: HeaderOptions = {},
): NiftiHeader {
  const stored = readRawHeader(bytes, where);
  const raw = stacked ? stackedUp(stored) : leadingOne ? withoutLeadingOne(stored) : stored;
  const check: Check = (holds, code, expected, found) => {
    if (!holds) throw new CapsuleError(code, { ...where, expected, found: String(found) });
  };
  const shape = checkedShape(raw, check);
  const datatype = checkedDatatype(raw, check);
  const first = raw.version === 1 ? 352 : 544;
  const { voxOffset } = raw;
  check(
    Number.isInteger(voxOffset) && voxOffset >= first && voxOffset <= MAX_OFFSET,
    'NIFTI_OFFSET',
    `vox_offset, a whole number from ${first} to ${MAX_OFFSET}`,
    voxOffset,
  );
  const [qfac = 1, ...sizes] = raw.pixdims;
  const voxelSize = sizes.slice(0, 3) as unknown as Shape3;
  check(
    voxelSize.every((size) => size > 0 && Number.isFinite(size)),
    'NIFTI_VOXEL_SIZE',
    'three positive voxel sizes (pixdim)',
    voxelSize.join(' x '),
  );
  return {
    version: raw.version,
    littleEndian: raw.littleEndian,
    shape,
    datatype,
    dataOffset: voxOffset,
    dataLength: shape[0] * shape[1] * shape[2] * datatype.bytes,
    ...checkedScaling(raw, check),
    voxelSize,
    qfac: qfac === -1 ? -1 : 1,
    qformCode: raw.qformCode,
    sformCode: raw.sformCode,
    quaternion: raw.quaternion,
    qoffset: raw.qoffset,
    srows: raw.srows,
  };
}

function withoutLeadingOne(raw: RawHeader): RawHeader {
  const [rank, first, x = 0, y = 0, z = 0] = raw.dims;
  if (rank !== 4 || first !== 1 || z < 2) return raw;
  const [qfac = 1, , ...sizes] = raw.pixdims;
  // Writers often leave the size of a fourth dimension at zero.
  return { ...raw, dims: [3, x, y, z], pixdims: [qfac, ...sizes.map((size) => size || 1)] };
}

function stackedUp(raw: RawHeader): RawHeader {
  const [rank, x = 0, y = 0, z = 0, t = 0] = raw.dims;
  return rank === 4 && t >= 1 ? { ...raw, dims: [3, x, y, z * t] } : raw;
}

type Check = (holds: boolean, code: ErrorCode, expected: string, found: unknown) => void;

function checkedShape({ dims }: RawHeader, check: Check): Shape3 {
  const [rank = 0] = dims;
  check(rank >= 1 && rank <= 7, 'NIFTI_DIMENSIONS', '1 to 7 dimensions', rank);
  const sizes = dims.slice(1, rank + 1);
  const shown = sizes.join(' x ');
  check(
    sizes.every((size) => size >= 1),
    'NIFTI_DIMENSIONS',
    'positive dimensions',
    shown,
  );
  const count = sizes.reduce((product, size) => product * size, 1);
  check(count <= MAX_VOXELS, 'NIFTI_TOO_LARGE', `at most ${MAX_VOXELS} voxels`, shown);
  const single = sizes.slice(3).every((size) => size === 1);
  check(rank >= 3 && single, 'NIFTI_NOT_3D', 'three dimensions', shown);
  return sizes.slice(0, 3) as unknown as Shape3;
}

function checkedDatatype(raw: RawHeader, check: Check): Datatype {
  const datatype = DATATYPES.get(raw.datatype);
  const numeric = [...DATATYPES.values()].map(({ name }) => name).join(', ');
  check(datatype !== undefined, 'NIFTI_DATATYPE', `one of ${numeric}`, datatypeName(raw.datatype));
  const known = datatype as Datatype;
  const expected = `${8 * known.bytes} bits per voxel for ${known.name}`;
  check(raw.bitpix === 8 * known.bytes, 'NIFTI_BITPIX', expected, raw.bitpix);
  return known;
}

/** A slope of 0 or NaN means that the intercept counts for nothing either, as in nibabel. */
function checkedScaling(
  { slope, intercept }: RawHeader,
  check: Check,
): { slope: number; intercept: number } {
  if (slope === 0 || Number.isNaN(slope)) return { slope: 1, intercept: 0 };
  const finite = Number.isFinite(slope) && Number.isFinite(intercept);
  const found = `slope ${slope}, intercept ${intercept}`;
  check(finite, 'NIFTI_SCALING', 'finite slope and intercept', found);
  return { slope, intercept };
}
