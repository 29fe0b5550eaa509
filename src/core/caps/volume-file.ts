/** A volume of a CAPS whatever it is kept as: NIfTI, or the tensor that was made of it. */
import type { Problem, Where } from '../errors.ts';
import type { SourceFile } from '../files/file-tree.ts';
import { readHeader, readVolume } from '../nifti/read.ts';
import type { Affine, Shape3, Volume } from '../volume.ts';
import { IDENTITY, isTensorFile, readTensorShape, readTensorVolume } from './tensor-files.ts';

type Person = Pick<Where, 'participant' | 'session'>;

/** What can be known of a volume without reading a voxel. */
export interface VolumeGeometry {
  readonly shape: Shape3;
  readonly affine: Affine;
  /** Warnings. */
  readonly problems: readonly Problem[];
}

/** @throws NIFTI_*, TORCH_*, TENSOR_SHAPE, FILE_*, with participant, session and file */
export async function readCapsVolume(file: SourceFile, person: Person = {}): Promise<Volume> {
  if (isTensorFile(file.path)) return readTensorVolume(file, person);
  return (await readVolume(file, person)).volume;
}

/** From the first bytes of the file alone. */
export async function readCapsGeometry(
  file: SourceFile,
  person: Person = {},
): Promise<VolumeGeometry> {
  if (isTensorFile(file.path)) {
    return { shape: await readTensorShape(file, person), affine: IDENTITY, problems: [] };
  }
  const { header, affine, problems } = await readHeader(file, person);
  return { shape: header.shape, affine, problems };
}
