/** Volumes and digests in closed form, which the scripts beside the fixtures of PyTorch make as well. */
import type { StateDict } from '../../src/core/torch/checkpoint.ts';
import type { Shape3 } from '../../src/core/volume.ts';

/** As training-pytorch.py has it: hashed positions, and a block that grows with the age. */
export function volumeOf(person: number, shape: Shape3): Float32Array<ArrayBuffer> {
  const [, height, depth] = shape;
  const size = shape.reduce((product, length) => product * length, 1);
  return Float32Array.from({ length: size }, (_, at) => {
    const x = Math.floor(at / (height * depth));
    const y = Math.floor(at / depth) % height;
    const z = at % depth;
    const mixed =
      (BigInt(x) * 73856093n) ^
      (BigInt(y) * 19349663n) ^
      (BigInt(z) * 83492791n) ^
      BigInt(person * 40503);
    const noise = Number(((mixed * 2654435761n) & 0xffffffffn) >> 8n) / 2 ** 24;
    const isInside = x < 20 && y > 4 && z < 9;
    return noise + (isInside ? (person % 5) / 2 : 0);
  });
}

/** Norm of a weight, and its products with three vectors of cosines. */
export type Digest = readonly [norm: number, ...products: number[]];

export function digestOf(values: Float32Array): number[] {
  let norm = 0;
  const products = [0, 0, 0];
  values.forEach((value, index) => {
    norm += value * value;
    for (let k = 0; k < 3; k++) {
      products[k] = (products[k] ?? 0) + value * Math.cos((1 + k) * index + k);
    }
  });
  return [Math.sqrt(norm), ...products];
}

/** Of a weight in a checkpoint; of none where there is no such weight. */
export const digestIn = (model: StateDict, name: string): number[] =>
  digestOf(model.get(name)?.toFloat32() ?? new Float32Array());
