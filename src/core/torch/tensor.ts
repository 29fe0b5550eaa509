/**
 * A tensor as a file holds it: a type, a shape and contiguous bytes. Bytes are little-endian and in
 * C order (last axis fastest), as PyTorch writes them; they may be a view of the file they came
 * from. Every platform that runs a browser or Node is little-endian, so typed arrays read them.
 */
import { bfloat16Value, DTYPES, float16Value, type Dtype } from './dtypes.ts';

export class TorchTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly requiresGrad: boolean;

  /** @param bytes - exactly as many as `shape` holds elements of `dtype`; RangeError otherwise. */
  constructor(
    dtype: Dtype,
    shape: readonly number[],
    bytes: Uint8Array<ArrayBuffer>,
    requiresGrad = false,
  ) {
    const expected = elementCount(shape) * DTYPES[dtype].bytes;
    if (bytes.length !== expected) {
      throw new RangeError(
        `${dtype} [${shape.join(', ')}] needs ${expected} bytes, not ${bytes.length}`,
      );
    }
    this.dtype = dtype;
    this.shape = shape;
    this.bytes = bytes;
    this.requiresGrad = requiresGrad;
  }

  /** A float32 tensor over `values`, which are not copied. */
  static float32(shape: readonly number[], values: Float32Array<ArrayBuffer>): TorchTensor {
    return new TorchTensor('float32', shape, bytesOf(values));
  }

  /** An int64 tensor, such as the scalar `num_batches_tracked` (shape `[]`). */
  static int64(shape: readonly number[], values: readonly number[]): TorchTensor {
    return new TorchTensor(
      'int64',
      shape,
      bytesOf(BigInt64Array.from(values, (value) => BigInt(value))),
    );
  }

  get length(): number {
    return elementCount(this.shape);
  }

  /** @returns the elements as float32: the bytes themselves when they are that and aligned, else a copy. */
  toFloat32(): Float32Array<ArrayBuffer> {
    if (this.dtype === 'float32' && this.bytes.byteOffset % 4 === 0) {
      return new Float32Array(this.bytes.buffer, this.bytes.byteOffset, this.length);
    }
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    const size = DTYPES[this.dtype].bytes;
    const values = new Float32Array(this.length);
    for (let i = 0; i < values.length; i++) values[i] = element(view, i * size, this.dtype);
    return values;
  }

  /** @returns the only element of a scalar, undefined for a tensor of another size. */
  item(): number | undefined {
    if (this.length !== 1) return undefined;
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    return element(view, 0, this.dtype);
  }
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function bytesOf(values: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function element(view: DataView, offset: number, dtype: Dtype): number {
  switch (dtype) {
    case 'float32':
      return view.getFloat32(offset, true);
    case 'float64':
      return view.getFloat64(offset, true);
    case 'float16':
      return float16Value(view.getUint16(offset, true));
    case 'bfloat16':
      return bfloat16Value(view.getUint16(offset, true));
    case 'int64':
      return Number(view.getBigInt64(offset, true));
    case 'int32':
      return view.getInt32(offset, true);
    case 'int16':
      return view.getInt16(offset, true);
    case 'int8':
      return view.getInt8(offset);
    case 'uint8':
      return view.getUint8(offset);
    case 'bool':
      return view.getUint8(offset) === 0 ? 0 : 1;
  }
}
