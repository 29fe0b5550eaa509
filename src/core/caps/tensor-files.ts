/**
 * The `.pt` files of a CAPS, as ClinicaDL writes and reads them: one float tensor each, channels
 * first. An image is a volume like any other, but for its place in space, which no tensor keeps: its
 * affine is the identity. A patch, slice or region is a small volume of its own.
 */
import { CapsuleError, type Where } from '../errors.ts';
import type { SourceFile } from '../files/file-tree.ts';
import { readTorch } from '../torch/read.ts';
import { TENSOR_HEADER_BYTES, tensorShape } from '../torch/tensor-shape.ts';
import { TorchTensor } from '../torch/tensor.ts';
import { archiveBytes, writeTorch } from '../torch/write.ts';
import type { Affine, Shape3, Volume } from '../volume.ts';
import type { Element } from './extract.ts';

type Person = Pick<Where, 'participant' | 'session'>;

/** What tensors have for want of a better one. */
export const IDENTITY: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

export const isTensorFile = (path: string): boolean => path.endsWith('.pt');

/**
 * @returns the tensor (1, X, Y, Z) of an image, patch or region as a volume of X x Y x Z voxels, and
 * that of a slice (C, A, B) as one of A x B x 1, its channels being copies of each other
 * @throws TORCH_FORMAT, TORCH_FORBIDDEN, TENSOR_SHAPE, FILE_UNREADABLE
 */
export async function readTensorVolume(file: SourceFile, person: Person = {}): Promise<Volume> {
  const where = { ...person, file: file.path };
  const value = readTorchFile(await file.bytes(), where);
  if (!(value instanceof TorchTensor)) {
    throw new CapsuleError('TORCH_FORMAT', {
      ...where,
      expected: 'a tensor',
      found: 'other values',
    });
  }
  const shape = volumeShape(value.shape, where);
  const voxels = shape[0] * shape[1] * shape[2];
  const data = value.toFloat32();
  return { data: data.length === voxels ? data : data.slice(0, voxels), shape, affine: IDENTITY };
}

/** @returns the shape of what `readTensorVolume` reads, from the first bytes where they tell it. */
export async function readTensorShape(file: SourceFile, person: Person = {}): Promise<Shape3> {
  const where = { ...person, file: file.path };
  const first = await file.bytes(0, TENSOR_HEADER_BYTES);
  try {
    const shape = tensorShape(first, await file.size());
    if (shape !== undefined) return volumeShape(shape, where);
  } catch (error) {
    throw error instanceof CapsuleError ? error.at(where) : error;
  }
  return (await readTensorVolume(file, person)).shape;
}

/** @param name - of the file, without `.pt`: PyTorch calls the folder inside the archive so. */
export function tensorBytes({ data, shape }: Element, name: string): Uint8Array<ArrayBuffer> {
  return archiveBytes(writeTorch(TorchTensor.float32(shape, data), name));
}

/** @returns whether a file holds this element and nothing else, bit for bit. */
export function holdsElement(bytes: Uint8Array<ArrayBuffer>, { data, shape }: Element): boolean {
  let value;
  try {
    value = readTorch(bytes);
  } catch (error) {
    if (error instanceof CapsuleError) return false;
    throw error;
  }
  if (!(value instanceof TorchTensor) || value.dtype !== 'float32') return false;
  if (value.shape.join() !== shape.join()) return false;
  const wanted = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at < wanted.length; at += 1) {
    if (wanted[at] !== value.bytes[at]) return false;
  }
  return true;
}

function readTorchFile(bytes: Uint8Array<ArrayBuffer>, where: Where) {
  try {
    return readTorch(bytes);
  } catch (error) {
    throw error instanceof CapsuleError ? error.at(where) : error;
  }
}

function volumeShape(shape: readonly number[], where: Where): Shape3 {
  const [first = 0, ...others] = shape;
  if (shape.every((length) => length > 0)) {
    if (shape.length === 4 && first === 1) return others as unknown as Shape3;
    if (shape.length === 3 && (first === 1 || first === 3)) {
      return [...others, 1] as unknown as Shape3;
    }
  }
  throw new CapsuleError('TENSOR_SHAPE', {
    ...where,
    expected: '(1, X, Y, Z), or (1 or 3, A, B) for a slice',
    found: `(${shape.join(', ')})`,
  });
}
