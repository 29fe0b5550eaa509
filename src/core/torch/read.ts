/**
 * PyTorch files since version 1.6: a zip with `<name>/data.pkl`, the values, and `<name>/data/<key>`,
 * the raw elements of each storage (torch.serialization). Contiguous tensors are views of the file;
 * strided ones are copied into C order, each tensor on its own even where a storage is shared.
 */
import { CapsuleError } from '../errors.ts';
import { DTYPES } from './dtypes.ts';
import { malformed, type TensorPlace } from './pickle-globals.ts';
import { readPickle } from './pickle-reader.ts';
import type { PyValue } from './python-values.ts';
import { elementCount, TorchTensor } from './tensor.ts';
import { StoredZip } from './zip-reader.ts';

/** Copies of strided tensors may take this, and as much again as the file four times over. */
const COPY_ALLOWANCE = 64 * 1024 * 1024;

/** The first bytes of `torch.save` before 1.6: a pickle of its magic number. */
const LEGACY = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/**
 * @param bytes - the file; tensors keep a view of it.
 * @param file - its name, for errors.
 * @returns what was given to `torch.save`. Throws CapsuleError `TORCH_FORMAT` or `TORCH_FORBIDDEN`.
 */
export function readTorch(bytes: Uint8Array<ArrayBuffer>, file?: string): PyValue {
  try {
    if (LEGACY.every((byte, index) => bytes[index] === byte)) {
      throw malformed('the format of PyTorch before 1.6');
    }
    return new TorchFile(bytes).read();
  } catch (error) {
    if (error instanceof CapsuleError && file !== undefined) throw error.at({ file });
    throw error;
  }
}

class TorchFile {
  readonly #zip: StoredZip;
  readonly #root: string;
  readonly #bigEndian: boolean;
  readonly #storages = new Map<string, Uint8Array<ArrayBuffer>>();
  #copyAllowance: number;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#zip = new StoredZip(bytes);
    this.#copyAllowance = COPY_ALLOWANCE + 4 * bytes.length;
    const pickles = this.#zip.names.filter((name) => /^[^/]+\/data\.pkl$/.test(name));
    const [pickle] = pickles;
    if (pickle === undefined || pickles.length > 1) {
      throw malformed(`${pickles.length} entries named <name>/data.pkl`);
    }
    this.#root = pickle.slice(0, -'data.pkl'.length);
    this.#bigEndian = this.#byteOrder() === 'big';
  }

  read(): PyValue {
    const pickle = this.#zip.read(`${this.#root}data.pkl`);
    if (pickle === undefined) throw malformed('no data.pkl');
    return readPickle(pickle, (place) => this.#tensor(place));
  }

  #byteOrder(): string {
    const entry = this.#zip.read(`${this.#root}byteorder`);
    const order = entry === undefined ? 'little' : new TextDecoder().decode(entry);
    if (order !== 'little' && order !== 'big') throw malformed('an unknown byte order');
    return order;
  }

  #tensor(place: TensorPlace): TorchTensor {
    const { storage, offset, shape, strides, requiresGrad } = place;
    const size = DTYPES[storage.dtype].bytes;
    const count = elementCount(shape);
    // The element that lies furthest from the start of the storage.
    const last = shape.reduce(
      (sum, length, axis) => sum + (length - 1) * (strides[axis] ?? 0),
      offset,
    );
    if (count > 0 && (!Number.isSafeInteger(count) || last >= storage.length)) {
      throw malformed(`a tensor [${shape.join(', ')}] that reaches beyond its storage`);
    }
    const bytes = this.#storage(storage.key, storage.length * size, size);
    const contiguous = isContiguous(shape, strides);
    const elements = contiguous
      ? bytes.subarray(offset * size, (offset + count) * size)
      : this.#gather(bytes, place, count, size);
    return new TorchTensor(
      storage.dtype,
      shape,
      count === 0 ? new Uint8Array(0) : elements,
      requiresGrad,
    );
  }

  #storage(key: string, length: number, size: number): Uint8Array<ArrayBuffer> {
    let bytes = this.#storages.get(key);
    if (bytes === undefined) {
      bytes = this.#zip.read(`${this.#root}data/${key}`);
      if (bytes === undefined) throw malformed(`no storage ${key}`);
      if (this.#bigEndian) bytes = swapped(bytes, size);
      this.#storages.set(key, bytes);
    }
    if (bytes.length < length) {
      throw malformed(`storage ${key} of ${bytes.length} bytes where ${length} are declared`);
    }
    return bytes;
  }

  /** The elements of a strided tensor in C order. */
  #gather(
    bytes: Uint8Array<ArrayBuffer>,
    place: TensorPlace,
    count: number,
    size: number,
  ): Uint8Array<ArrayBuffer> {
    // A stride of 0 lets a few bytes declare any number of elements.
    this.#copyAllowance -= count * size;
    if (this.#copyAllowance < 0)
      throw new CapsuleError('FILE_TOO_LARGE', { found: `${count} elements` });
    const gathered = new Uint8Array(count * size);
    const index = place.shape.map(() => 0);
    let from = place.offset * size;
    for (let to = 0; to < gathered.length; to += size) {
      for (let i = 0; i < size; i++) gathered[to + i] = bytes[from + i] as number;
      for (let axis = index.length - 1; axis >= 0; axis--) {
        const stride = (place.strides[axis] as number) * size;
        const next = (index[axis] as number) + 1;
        from += stride;
        if (next < (place.shape[axis] as number)) {
          index[axis] = next;
          break;
        }
        from -= next * stride;
        index[axis] = 0;
      }
    }
    return gathered;
  }
}

/** Axes of length 1 may have any stride. */
function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis] as number;
  }
  return true;
}

function swapped(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const within = i % size;
    result[i] = bytes[i - within + (size - 1 - within)] ?? 0;
  }
  return result;
}
