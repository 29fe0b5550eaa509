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
 * nonlinearity='relu')`; with `fan_in` as `kaiming_normal_(weight)`, PyTorch's defaults.
 * @param shape - `[out, in, ...window]`, a multiple of 16 numbers in all
 */
export function kaimingNormal(
  shape: readonly number[],
  generator: TorchGenerator,
  mode: 'fan_out' | 'fan_in' = 'fan_out',
): Float32Array<ArrayBuffer> {
  const [outputs = 1, inputs = 1, ...window] = shape;
  const fan = (mode === 'fan_out' ? outputs : inputs) * sizeOf(window);
  const deviation = Math.sqrt(2) / Math.sqrt(fan);
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

/**
 * `trunc_normal_(tensor, std=deviation)` of timm and MONAI, cut at 2 (not at twice the deviation):
 * the inverse of the normal distribution at uniform numbers.
 * @param deviation - far below 2
 */
export function truncatedNormal(
  length: number,
  deviation: number,
  generator: TorchGenerator,
): Float32Array<ArrayBuffer> {
  const values = generator.uniform(length, -1, 1);
  return values.map((value) => {
    const normal = deviation * Math.SQRT2 * inverseErrorFunction(value);
    return Math.max(-2, Math.min(2, normal));
  });
}

/**
 * The inverse of the error function: Winitzki's approximation (2008), which is right to 2e-3, and
 * steps of Newton on it.
 */
function inverseErrorFunction(value: number): number {
  if (Math.abs(value) >= 1) return value * Infinity;
  const a = 0.147;
  const log = Math.log1p(-value * value);
  const half = 2 / (Math.PI * a) + log / 2;
  let x = Math.sign(value) * Math.sqrt(Math.sqrt(half * half - log / a) - half);
  for (let step = 0; step < 3; step++) {
    x -= ((errorFunction(x) - value) * Math.sqrt(Math.PI) * Math.exp(x * x)) / 2;
  }
  return x;
}

/**
 * By its series (Abramowitz and Stegun 1964, 7.1.6), whose terms are all positive: exact to the
 * last digits for the arguments of numbers of 24 bits, which are below 4.
 */
function errorFunction(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
