/**
 * PyTorch's default initialisation, to the bit. `uniform_` on a float32 CPU tensor takes 24 bits of
 * one MT19937 word an element and scales them in float32; layers draw weights, then biases, in the
 * order in which they are constructed (ATen/core/TransformationHelper.h, torch.nn.init,
 * `reset_parameters` of torch.nn.Linear and of the convolutions).
 */
import { Mt19937 } from './mt19937.ts';

/**
 * PyTorch's kernel for AVX2 and later fuses multiplication and addition: one rounding, not two.
 * A double holds the product (48 bits) and, for bounds of similar size, the sum exactly, so that
 * storing it as float32 rounds once as well. Only processors without AVX2 differ, in the last bit.
 *
 * Stands for PyTorch's default CPU generator after `torch.manual_seed(seed)`.
 */
export class TorchGenerator {
  readonly #twister: Mt19937;

  constructor(seed: number) {
    this.#twister = new Mt19937(seed);
  }

  /** `torch.empty(length).uniform_(from, to)`: `length` draws from U[from, to) in float32. */
  uniform(length: number, from: number, to: number): Float32Array<ArrayBuffer> {
    const start = Math.fround(from);
    const range = Math.fround(Math.fround(to) - start);
    const values = new Float32Array(length);
    for (let i = 0; i < length; i++) {
      const unit = (this.#twister.nextUint32() & 0xffffff) / 0x1000000;
      values[i] = unit * range + start;
    }
    return values;
  }
}

/**
 * Weights of a fresh `nn.Linear` or `nn.ConvNd`: `kaiming_uniform_(weight, a=sqrt(5))`.
 * @param shape - PyTorch's shape, `[out, in, ...kernel]`; values come in its C order.
 * @param fanIn - inputs of one output: in-channels times kernel voxels.
 */
export function kaimingUniform(
  shape: readonly number[],
  fanIn: number,
  generator: TorchGenerator,
): Float32Array<ArrayBuffer> {
  const gain = Math.sqrt(2 / (1 + Math.sqrt(5) ** 2));
  const bound = Math.sqrt(3) * (gain / Math.sqrt(fanIn));
  return generator.uniform(
    shape.reduce((product, size) => product * size, 1),
    -bound,
    bound,
  );
}

/** Biases of the same layers, drawn right after the weights: U(-1/sqrt(fanIn), 1/sqrt(fanIn)). */
export function biasUniform(
  length: number,
  fanIn: number,
  generator: TorchGenerator,
): Float32Array<ArrayBuffer> {
  const bound = 1 / Math.sqrt(fanIn);
  return generator.uniform(length, -bound, bound);
}
