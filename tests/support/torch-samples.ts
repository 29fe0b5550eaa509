/**
 * Networks of ours beside PyTorch: tensors in its order of axes, the inputs of the fixtures, and how
 * far numbers are from what tests/fixtures/networks-pytorch.py writes of a tensor, its norm and samples.
 */
import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';

const sizeOf = (shape: readonly number[]) => shape.reduce((all, length) => all * length, 1);

/** Values in PyTorch's order, `[batch, channels, ...spatial]`, as a tensor in ours. */
export function ours(values: Float32Array, shape: readonly number[]): tf.Tensor {
  const [batch = 1, ...rest] = shape;
  if (rest.length < 2) return tf.tensor(values, [...shape]);
  const spatial = rest.slice(0, -1);
  const axes = [0, ...spatial.map((_, axis) => axis + 2), 1];
  const torch = tf.tensor(values, [batch, rest.at(-1) as number, ...spatial]);
  return tf.tidy(() => tf.transpose(torch, axes));
}

export function torchs(tensor: tf.Tensor): tf.Tensor {
  if (tensor.rank < 3) return tensor;
  const spatial = Array.from({ length: tensor.rank - 2 }, (_, axis) => axis + 1);
  return tf.transpose(tensor, [0, tensor.rank - 1, ...spatial]);
}

/**
 * The input of a fixture.
 * @param size - channels first, without batch
 * @param start - place of its first number
 */
export function inputOf(size: readonly number[], start: number, batch: number): tf.Tensor {
  const [channels = 1, ...spatial] = size;
  const length = batch * channels * sizeOf(spatial);
  const value = (i: number) => Math.sin(i * 0.37) * 0.5 + 0.5 + 0.3 * Math.cos(i * i * 1e-3);
  const values = Float32Array.from({ length }, (_, i) => value(start + i));
  return ours(values, [batch, ...spatial, channels]);
}

export async function read(tensors: tf.NamedTensorMap): Promise<Map<string, Float32Array>> {
  const all = new Map<string, Float32Array>();
  for (const [name, tensor] of Object.entries(tensors)) {
    all.set(name, (await tensor.data()) as Float32Array);
  }
  return all;
}

export function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] ?? NaN) ** 2;
  return Math.sqrt(sum);
}

/** What networks-pytorch.py writes of a tensor: its norm, and samples. */
function sampled(values: Float32Array, count: number): number[] {
  const distance = Math.max(1, Math.floor(values.length / count));
  const taken = values.filter((_, i) => i % distance === 0).slice(0, count);
  return [...taken];
}

/**
 * The larger of the errors of the norm and of the samples, relative to the norm of as many numbers.
 * @param least - what the norm is taken for where it is less: what rounding leaves of nothing
 */
export function errorOf(
  values: Float32Array,
  [size = NaN, ...samples]: readonly number[],
  least = 0,
): number {
  const found = sampled(values, samples.length);
  expect(found).toHaveLength(samples.length);
  const distance = norm(found.map((value, i) => value - (samples[i] ?? NaN)));
  const whole = Math.max(size, least);
  const share = Math.max(norm(samples), whole * Math.sqrt(samples.length / values.length));
  return Math.max(Math.abs(norm(values) - size) / whole, distance / share);
}
