/**
 * The shape of the tensor in a PyTorch file from its first bytes: `data.pkl` is the first entry of
 * the zip, and says what the storages behind it hold. Nothing is known of the storages themselves.
 */
import { CapsuleError } from '../errors.ts';
import { DTYPES } from './dtypes.ts';
import { malformed } from './pickle-globals.ts';
import { readPickle } from './pickle-reader.ts';
import { elementCount, TorchTensor } from './tensor.ts';

/** Enough for the pickle of one tensor under the longest name that a path may have. */
export const TENSOR_HEADER_BYTES = 4096;

const LOCAL = 0x04034b50;

/**
 * @param first - the first `TENSOR_HEADER_BYTES` of a file, or all of a shorter one
 * @param size - of the whole file, in bytes
 * @returns undefined when the first entry is not the pickle, as in files that others rewrote
 * @throws CapsuleError TORCH_FORMAT, TORCH_FORBIDDEN
 */
export function tensorShape(
  first: Uint8Array<ArrayBuffer>,
  size: number,
): readonly number[] | undefined {
  const view = new DataView(first.buffer, first.byteOffset, first.byteLength);
  if (first.length < 30 || view.getUint32(0, true) !== LOCAL) throw malformed('no zip archive');
  const nameLength = view.getUint16(26, true);
  const start = 30 + nameLength + view.getUint16(28, true);
  const name = new TextDecoder().decode(first.subarray(30, 30 + nameLength));
  if (!name.endsWith('/data.pkl') || start >= first.length) return undefined;
  let shape: readonly number[] | undefined;
  const value = readPickle(first.subarray(start), (place) => {
    const { dtype, key } = place.storage;
    const bytes = elementCount(place.shape) * DTYPES[dtype].bytes;
    // A stride of 0 lets a small file declare a large tensor: reading it would say so too.
    if (bytes > size)
      throw malformed(`storage ${key} of ${size} bytes where ${bytes} are declared`);
    shape = place.shape;
    return new TorchTensor(dtype, [0], new Uint8Array(0));
  });
  if (value instanceof TorchTensor) return shape;
  throw new CapsuleError('TORCH_FORMAT', { expected: 'a tensor', found: 'another value' });
}
