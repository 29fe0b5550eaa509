/**
 * NumPy's file of one array, version 1.0 (numpy.org/doc/stable/reference/generated/numpy.lib.format):
 * what a user of an exported network checks it with, by `np.load`.
 */

const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0);
const ALIGNMENT = 64;

/**
 * @param values - in C order, as many as the shape holds
 * @returns a `.npy` file of little-endian float32
 */
export function npyBytes(
  shape: readonly number[],
  values: Float32Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`;
  const start = MAGIC.length + 2;
  // Spaces and a line feed up to where the numbers begin.
  const length = Math.ceil((start + dict.length + 1) / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(length + values.byteLength).fill(0x20, 0, length);
  file.set(MAGIC);
  new DataView(file.buffer).setUint16(MAGIC.length, length - start, true);
  file.set(new TextEncoder().encode(dict), start);
  file[length - 1] = 0x0a;
  file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), length);
  return file;
}
