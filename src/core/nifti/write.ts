/**
 * A volume as a single-file NIfTI-1 of float32, little-endian: what nibabel writes for the same array
 * and affine, and nothing that was not asked for: text fields stay empty, there are no extensions.
 */
import type { Affine, Volume } from '../volume.ts';
import { columns, determinant, voxelSizes, type Vector3 } from './matrix.ts';
import { rotationQuaternion } from './quaternion.ts';
import { fileOrder } from './voxels.ts';

const OFFSET = 352;
const FLOAT32 = 16;
const MILLIMETRES = 2;
/** NIFTI_XFORM_ALIGNED_ANAT: what nibabel gives to an affine of which nothing more is known. */
const ALIGNED = 2;
/** Cosine between axes beyond which a qform, a rotation and voxel sizes, cannot hold the affine. */
const MAX_SHEAR = 1e-4;

export interface NiftiWriteOptions {
  /** Meaning of the affine, 1 to 5: scanner, aligned (the default), Talairach, MNI152, template. */
  readonly formCode?: 1 | 2 | 3 | 4 | 5;
}

/** @returns a complete .nii file; `gzipBytes` makes a .nii.gz of it. */
export function niftiBytes(
  { data, shape, affine }: Volume,
  { formCode = ALIGNED }: NiftiWriteOptions = {},
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(OFFSET + 4 * data.length);
  const view = new DataView(bytes.buffer);
  const int16 = (at: number, ...values: number[]): void =>
    values.forEach((value, i) => view.setInt16(at + 2 * i, value, true));
  const float32 = (at: number, ...values: number[]): void =>
    values.forEach((value, i) => view.setFloat32(at + 4 * i, value, true));
  view.setInt32(0, 348, true);
  bytes[38] = 0x72; // `regular`: unused, but some readers of the older Analyze format look for 'r'.
  int16(40, 3, ...shape, 1, 1, 1, 1);
  int16(70, FLOAT32, 32);
  const left = determinant(affine) < 0;
  float32(76, left ? -1 : 1, ...voxelSizes(affine), 1, 1, 1, 1);
  float32(108, OFFSET, 1, 0);
  bytes[123] = MILLIMETRES;
  int16(252, hasShear(affine) ? 0 : formCode, formCode);
  float32(256, ...rotationQuaternion(rotation(affine, left)), ...origin(affine));
  float32(280, ...affine.slice(0, 12));
  bytes.set([0x6e, 0x2b, 0x31, 0], 344);
  new Float32Array(bytes.buffer, OFFSET).set(fileOrder(data, shape));
  return bytes;
}

const origin = (affine: Affine): number[] => [3, 7, 11].map((i) => affine[i] as number);

/** The axes at length 1; the third is turned round in a left-handed array, `qfac` tells of it. */
function rotation(affine: Affine, left: boolean): [Vector3, Vector3, Vector3] {
  const sizes = voxelSizes(affine);
  const [x, y, z] = columns(affine).map((column, axis) => {
    const scale = (axis === 2 && left ? -1 : 1) / (sizes[axis] as number);
    return column.map((value) => value * scale) as unknown as Vector3;
  });
  return [x as Vector3, y as Vector3, z as Vector3];
}

function hasShear(affine: Affine): boolean {
  const [x, y, z] = rotation(affine, false);
  const cosine = (a: Vector3, b: Vector3): number =>
    Math.abs(a[0] * b[0] + a[1] * b[1] + a[2] * b[2]);
  return Math.max(cosine(x, y), cosine(y, z), cosine(z, x)) > MAX_SHEAR;
}
