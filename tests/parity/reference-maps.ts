/** Saliency maps as ClinicaDL 1.6.1 wrote them, and how far ours are from them. */
import type { FileTree } from '../../src/core/files/file-tree.ts';
import { needFile } from '../../src/core/files/read.ts';
import { readTorch } from '../../src/core/torch/read.ts';
import { TorchTensor } from '../../src/core/torch/tensor.ts';

/** The reference's map: stored with a leading channel axis, `(1, X, Y, Z)`, X fastest. */
export async function rawMap(tree: FileTree, path: string): Promise<Float32Array> {
  const packed = new Blob([await (await needFile(tree, path)).bytes()]);
  const stream = packed.stream().pipeThrough(new DecompressionStream('gzip'));
  const bytes = await new Response(stream).arrayBuffer();
  const view = new DataView(bytes);
  const shape = [0, 1, 2, 3].map((axis) => view.getInt16(42 + 2 * axis, true));
  const [, x = 0, y = 0, z = 0] = shape;
  const wide = view.getInt16(70, true) === 64;
  const offset = view.getFloat32(108, true);
  const data = new Float32Array(x * y * z);
  for (let i = 0; i < data.length; i++) {
    const [a, b, c] = [i % x, Math.floor(i / x) % y, Math.floor(i / x / y)] as const;
    data[(a * y + b) * z + c] = wide
      ? view.getFloat64(offset + 8 * i, true)
      : view.getFloat32(offset + 4 * i, true);
  }
  return data;
}

export async function mapTensor(tree: FileTree, path: string): Promise<Float32Array> {
  const value = readTorch(await (await needFile(tree, path)).bytes());
  if (!(value instanceof TorchTensor)) throw new Error(`${path} is no tensor`);
  return value.toFloat32();
}

/** Norm of the difference, relative to the second. */
export function distance(ours: Float32Array, theirs: Float32Array): number {
  let difference = 0;
  let size = 0;
  theirs.forEach((value, i) => {
    difference += ((ours[i] ?? NaN) - value) ** 2;
    size += value ** 2;
  });
  return Math.sqrt(difference / size);
}
