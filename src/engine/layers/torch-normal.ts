/**
 * Normal numbers as PyTorch draws them on the CPU for 16 numbers and more (`normal_fill` in
 * ATen/native/cpu/DistributionTemplates.h): uniform numbers in blocks of 16, of which each pair that
 * stands eight apart becomes two normal ones (Box and Muller 1958). PyTorch's logarithm and cosine
 * are approximations in f32: values agree to 1e-6 of the standard deviation, not to the bit.
 */
import type { TorchGenerator } from '../../core/random/torch-uniform.ts';
import { sizeOf } from './layer.ts';

const BLOCK = 16;

/**
 * Weights of a convolution in torchvision's ResNet: `kaiming_normal_(weight, mode='fan_out',
 * nonlinearity='relu')`.
 * @param shape - `[out, in, ...window]`, a multiple of 16 numbers in all
 */
export function kaimingNormal(
  shape: readonly number[],
  generator: TorchGenerator,
): Float32Array<ArrayBuffer> {
  const [outputs = 1, , ...window] = shape;
  const deviation = Math.sqrt(2) / Math.sqrt(outputs * sizeOf(window));
  return normal(sizeOf(shape), deviation, generator);
}

function normal(
  length: number,
  deviation: number,
  generator: TorchGenerator,
): Float32Array<ArrayBuffer> {
  if (length % BLOCK !== 0) throw new RangeError(`${length} normal numbers, not in blocks of 16`);
  const values = generator.uniform(length, 0, 1);
  for (let block = 0; block < length; block += BLOCK) {
    for (let i = block; i < block + BLOCK / 2; i++) {
      const radius = deviation * Math.sqrt(-2 * Math.log(1 - (values[i] ?? 0)));
      const angle = 2 * Math.PI * (values[i + BLOCK / 2] ?? 0);
      values[i] = radius * Math.cos(angle);
      values[i + BLOCK / 2] = radius * Math.sin(angle);
    }
  }
  return values;
}
