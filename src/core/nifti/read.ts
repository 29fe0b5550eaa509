/**
 * Reads one NIfTI volume from a file of any tree. The outcome is a volume whose every voxel came from
 * the file, or a `CapsuleError` with a NIFTI_ code that names the file; damaged, lying and hostile
 * files included. The stream is left as soon as it is known to be wrong.
 */
import { CapsuleError, type Problem, type Where } from '../errors.ts';
import type { SourceFile } from '../files/file-tree.ts';
import type { Affine, Volume } from '../volume.ts';
import { chooseAffine, type AffineFrom } from './affine.ts';
import { MAX_DEFLATE_RATIO, openInflated, type InflatedSource } from './gunzip.ts';
import { parseHeader, type HeaderOptions, type NiftiHeader } from './header.ts';
import { MAX_HEADER_BYTES } from './raw-header.ts';
import { VoxelDecoder } from './voxels.ts';

type Person = Pick<Where, 'participant' | 'session'>;

export interface NiftiInfo {
  readonly header: NiftiHeader;
  readonly affine: Affine;
  readonly affineFrom: AffineFrom;
  /** Warnings: sform and qform disagree. */
  readonly problems: readonly Problem[];
}

export interface NiftiVolume extends NiftiInfo {
  readonly volume: Volume;
}

/** Reads and checks the header only: a few hundred bytes, the length of the file aside. */
export async function readHeader(file: SourceFile, person: Person = {}): Promise<NiftiInfo> {
  const where = { ...person, file: file.path };
  return opened(file, where, (input) => readInfo(file, input, where));
}

/** Reads the whole volume, scaled by slope and intercept, and its affine. */
export async function readVolume(
  file: SourceFile,
  person: Person = {},
  options: HeaderOptions = {},
): Promise<NiftiVolume> {
  const where = { ...person, file: file.path };
  return opened(file, where, async (input) => {
    const info = await readInfo(file, input, where, options);
    const data = await readVoxels(input, info.header, where);
    return { ...info, volume: { data, shape: info.header.shape, affine: info.affine } };
  });
}

async function opened<T>(
  file: SourceFile,
  where: Where,
  read: (input: InflatedSource) => Promise<T>,
): Promise<T> {
  try {
    const input = await openInflated(file, where);
    try {
      return await read(input);
    } finally {
      await input.source.close();
    }
  } catch (thrown) {
    // What the file itself throws knows its path, and not whose it is.
    const isNamed = thrown instanceof CapsuleError && thrown.problem.participant !== undefined;
    throw thrown instanceof CapsuleError && !isNamed ? thrown.at(where) : thrown;
  }
}

async function readInfo(
  file: SourceFile,
  input: InflatedSource,
  where: Where,
  options: HeaderOptions = {},
): Promise<NiftiInfo> {
  const first = await input.source.take(MAX_HEADER_BYTES);
  input.source.unread(first);
  const header = parseHeader(first, where, options);
  checkLength(header, await file.size(), input.compressed, where);
  return { header, ...chooseAffine(header, where) };
}

/** What can be said from the length of the file, before a voxel is read or memory is taken. */
function checkLength(
  { dataOffset, dataLength }: NiftiHeader,
  size: number,
  compressed: boolean,
  where: Where,
): void {
  const whole = dataOffset + dataLength;
  const details = { ...where, expected: `${whole} bytes`, found: `${size} bytes` };
  if (compressed) {
    if (whole <= size * MAX_DEFLATE_RATIO) return;
    const found = `${size} compressed bytes`;
    throw new CapsuleError('NIFTI_TRUNCATED', { ...details, found });
  }
  if (dataOffset > size) {
    const expected = `vox_offset inside the ${size} bytes of the file`;
    throw new CapsuleError('NIFTI_OFFSET', { ...where, expected, found: `${dataOffset}` });
  }
  if (size < whole) throw new CapsuleError('NIFTI_TRUNCATED', details);
  if (size > whole) throw new CapsuleError('NIFTI_TRAILING', details);
}

async function readVoxels(
  { source }: InflatedSource,
  header: NiftiHeader,
  where: Where,
): Promise<Float32Array<ArrayBuffer>> {
  const { dataOffset, dataLength } = header;
  const expected = `${dataOffset + dataLength} bytes`;
  const truncated = (seen: number): CapsuleError =>
    new CapsuleError('NIFTI_TRUNCATED', { ...where, expected, found: `${seen} bytes` });
  for (let seen = 0; seen < dataOffset;) {
    const part = await source.next(dataOffset - seen);
    if (part === undefined) throw truncated(seen);
    seen += part.length;
  }
  const decoder = allocate(header, where);
  for (let seen = 0; seen < dataLength;) {
    const part = await source.next(dataLength - seen);
    if (part === undefined) throw truncated(dataOffset + seen);
    decoder.push(part);
    seen += part.length;
  }
  if ((await source.next(1)) !== undefined) {
    throw new CapsuleError('NIFTI_TRAILING', { ...where, expected, found: 'more' });
  }
  return decoder.data;
}

function allocate(header: NiftiHeader, where: Where): VoxelDecoder {
  try {
    return new VoxelDecoder(header);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const found = `${header.shape.join(' x ')} voxels`;
    const expected = 'a volume that fits into memory';
    throw new CapsuleError('NIFTI_TOO_LARGE', { ...where, expected, found }, { cause: error });
  }
}
