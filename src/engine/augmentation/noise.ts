/**
 * Gaussian noise out of a counter: Philox4x32-10 (Salmon et al. 2011) under the key of the record,
 * counted by groups of four voxels, made normal by Box and Muller (1958), two numbers a pair of words.
 * The same record gives the same noise, in whatever batch it stands.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { uninitialised } from '../device/tfjs-backend.ts';
import { dispatch } from '../kernels/dispatch.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { numbers } from '../kernels/storage.ts';
import { packed } from './params.ts';
import { COS_SIN, NATURAL_LOG, sizeOf, type Shape } from './wgsl.ts';

export interface Noise {
  readonly mean: number;
  readonly std: number;
  /** Two uint32. */
  readonly key: readonly number[];
}

export function addNoise(
  source: Tensor,
  shape: Shape,
  records: readonly (Noise | undefined)[],
): Tensor {
  const params = packed(
    records.map(
      // Words in halves, which a float holds exactly.
      (one) =>
        one && [one.mean, one.std, ...one.key.flatMap((word) => [word >>> 16, word & 0xffff])],
    ),
  );
  const target = uninitialised([...shape]);
  const count = sizeOf(shape);
  const sizes = { items: Math.ceil(count / 4), count, stride: params.stride };
  dispatch(KERNEL, [source, params.tensor, target], sizes, shape[0]);
  params.tensor.dispose();
  return target;
}

const KERNEL: Kernel<'items' | 'count' | 'stride'> = {
  key: 'augmentation-noise',
  bindings: [numbers('source'), numbers('params'), numbers('target_', 'read_write')],
  sizes: ['items', 'count', 'stride'],
  code: () => `
${COS_SIN}
${NATURAL_LOG}
fn high_product(a: u32, b: u32) -> u32 {
  let al = a & 0xffffu; let ah = a >> 16u;
  let bl = b & 0xffffu; let bh = b >> 16u;
  let middle = ah * bl + ((al * bl) >> 16u);
  let cross = al * bh + (middle & 0xffffu);
  return ah * bh + (middle >> 16u) + (cross >> 16u);
}
fn philox(counter: u32, key: vec2<u32>) -> vec4<u32> {
  var w = vec4<u32>(counter, 0u, 0u, 0u);
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    w = vec4<u32>(
      high_product(0xcd9e8d57u, w.z) ^ w.y ^ k.x, w.z * 0xcd9e8d57u,
      high_product(0xd2511f53u, w.x) ^ w.w ^ k.y, w.x * 0xd2511f53u);
    k += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  return w;
}
// The upper 24 bits of a word, in (0, 1]: no logarithm of zero.
fn normal_pair(words: vec2<u32>) -> vec2<f32> {
  let u = (vec2<f32>(words >> vec2<u32>(8u)) + vec2<f32>(1.0, 0.0)) / 16777216.0;
  return sqrt(-2.0 * natural_log(u.x)) * cos_sin(u.y);
}
fn word(at: u32) -> u32 { return (u32(params[at]) << 16u) | u32(params[at + 1u]); }
fn work(item: u32, layer: u32) {
  let p = layer * size.stride;
  let first = item * 4u;
  let base = layer * size.count + first;
  var added = vec4<f32>(0.0);
  if (params[p] != 0.0) {
    let words = philox(item, vec2<u32>(word(p + 3u), word(p + 5u)));
    added = params[p + 1u] + params[p + 2u] * vec4<f32>(normal_pair(words.xy), normal_pair(words.zw));
  }
  for (var i = 0u; i < min(4u, size.count - first); i++) { target_[base + i] = source[base + i] + added[i]; }
}`,
};
