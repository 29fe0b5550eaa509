/**
 * The passes of a layer normalisation over rows `[rows, width]` in f32 (layer-norm.ts): mean and
 * inverse deviation of each row, the result, and for the gradients two sums over each row and two
 * over each column. Sums have a fixed order.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { uninitialised, workspace } from '../device/tfjs-backend.ts';
import { chunksOf } from '../kernels/channel-sums.ts';
import { dispatch } from '../kernels/dispatch.ts';
import type { Kernel } from '../kernels/kernel.ts';
import {
  layoutOf,
  numbers,
  quadsOf,
  rows,
  vectors,
  type Layout,
  type Rows,
} from '../kernels/storage.ts';
import { sumPartials } from '../kernels/sum-partials.ts';

const SIZES = ['items', 'rows', 'channels', 'quads', 'chunks', 'epsilon'] as const;
type RowKernel = Kernel<(typeof SIZES)[number]>;

/** @returns mean and inverse deviation of each row, `[rows, 2]` */
export function statisticsOf(input: Tensor, epsilon: number): Tensor {
  const sizes = sizesOf(input);
  const result = uninitialised([sizes.rows, 2]);
  const bits = new Uint32Array(Float32Array.of(epsilon).buffer)[0] ?? 0;
  const kernel = statisticsKernel(layoutOf(sizes.channels));
  dispatch(kernel, [input, result], { ...sizes, items: sizes.rows, epsilon: bits });
  return result;
}

/**
 * Forward `(x - mean) * inverse * gamma + beta`; with what is received, the gradient of the input.
 * @param third - beta `[width]`, or the sums over rows `[rows, 2]`
 */
export function applied(
  input: Tensor,
  statistics: Tensor,
  gamma: Tensor,
  third: Tensor,
  received?: Tensor,
): Tensor {
  const sizes = sizesOf(input);
  const result = uninitialised([...input.shape]);
  const layout = layoutOf(sizes.channels);
  const [kernel, more] =
    received === undefined ? [valueKernel(layout), []] : [gradientKernel(layout), [received]];
  const of = { ...sizes, items: sizes.rows * sizes.quads };
  dispatch(kernel, [input, statistics, gamma, third, ...more, result], of);
  return result;
}

/** @returns of each row the means of `g * gamma` and of that times the normalised input, `[rows, 2]` */
export function rowSums(
  received: Tensor,
  input: Tensor,
  statistics: Tensor,
  gamma: Tensor,
): Tensor {
  const sizes = sizesOf(input);
  const result = uninitialised([sizes.rows, 2]);
  const kernel = rowSumsKernel(layoutOf(sizes.channels));
  const of = { ...sizes, items: sizes.rows };
  dispatch(kernel, [input, received, statistics, gamma, result], of);
  return result;
}

/** Sum over the rows of the gradient (beta), or of it times the normalised input, `[width]`. */
export function parameterGradient(
  of: 'beta' | 'gamma',
  received: Tensor,
  input: Tensor,
  statistics: Tensor,
): Tensor {
  const sizes = sizesOf(input);
  const { channels, quads } = sizes;
  const chunks = chunksOf(sizes.rows, quads);
  const partials = workspace([chunks, 8 * quads]);
  const kernel = columnSumsKernel(layoutOf(channels));
  const counts = { ...sizes, items: chunks * quads, chunks };
  dispatch(kernel, [input, received, statistics, partials], counts);
  const outputs = [channels, 4 * quads] as const;
  const cut = { shape: [channels], outputs, offset: of === 'beta' ? 0 : 4 * quads };
  return sumPartials(partials, [cut])[0] as Tensor;
}

function sizesOf(input: Tensor) {
  const channels = input.shape.at(-1) ?? 1;
  const count = input.size / channels;
  return { items: 0, rows: count, channels, quads: quadsOf(channels), chunks: 1, epsilon: 0 };
}

const inRows = (name: string, layout: Layout, access: 'read' | 'read_write' = 'read') =>
  rows(name, layout, 'size.channels', 'size.quads', access);

/** What a ragged row has beyond its last number is zero, and must not count as a deviation. */
const MASK = `
fn mask(quad: u32) -> vec4<f32> {
  let left = vec4<f32>(f32(size.channels) - f32(quad * 4u));
  return select(vec4<f32>(), vec4<f32>(1.0), vec4<f32>(0.0, 1.0, 2.0, 3.0) < left);
}`;

function statisticsKernel(layout: Layout): RowKernel {
  const source = inRows('source', layout);
  return {
    key: `layer-norm-statistics-${layout}`,
    bindings: [source.binding, numbers('result', 'read_write')],
    sizes: SIZES,
    code: () => `${source.code}${MASK}
fn work(item: u32, layer: u32) {
  var sum = vec4<f32>();
  for (var quad = 0u; quad < size.quads; quad++) { sum += source_load(item, quad); }
  let mean = dot(sum, vec4<f32>(1.0)) / f32(size.channels);
  var squares = vec4<f32>();
  for (var quad = 0u; quad < size.quads; quad++) {
    let distance = (source_load(item, quad) - mean) * mask(quad);
    squares += distance * distance;
  }
  let variance = dot(squares, vec4<f32>(1.0)) / f32(size.channels);
  result[2u * item] = mean;
  result[2u * item + 1u] = inverseSqrt(variance + bitcast<f32>(size.epsilon));
}`,
  };
}

function valueKernel(layout: Layout): RowKernel {
  const [source, gamma, beta] = ['source', 'gamma', 'beta'].map((name) => inRows(name, layout));
  const result = inRows('result', layout, 'read_write');
  const all = [source, gamma, beta, result] as Four;
  return {
    key: `layer-norm-${layout}`,
    bindings: [
      ...[all[0].binding, numbers('statistics'), all[1].binding, all[2].binding],
      result.binding,
    ],
    sizes: SIZES,
    code: () => `${all.map(({ code }) => code).join('')}
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let row = item / size.quads;
  let normal = (source_load(row, quad) - statistics[2u * row]) * statistics[2u * row + 1u];
  result_store(row, quad, normal * gamma_load(0u, quad) + beta_load(0u, quad));
}`,
  };
}

function gradientKernel(layout: Layout): RowKernel {
  const [source, gamma, received] = ['source', 'gamma', 'received'].map((name) =>
    inRows(name, layout),
  );
  const result = inRows('result', layout, 'read_write');
  const all = [source, gamma, received, result] as Four;
  return {
    key: `layer-norm-gradient-${layout}`,
    bindings: [
      ...[all[0].binding, numbers('statistics'), all[1].binding, numbers('sums')],
      ...[all[2].binding, result.binding],
    ],
    sizes: SIZES,
    code: () => `${all.map(({ code }) => code).join('')}
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let row = item / size.quads;
  let inverse = statistics[2u * row + 1u];
  let normal = (source_load(row, quad) - statistics[2u * row]) * inverse;
  let own = received_load(row, quad) * gamma_load(0u, quad);
  result_store(row, quad, inverse * (own - sums[2u * row] - normal * sums[2u * row + 1u]));
}`,
  };
}

function rowSumsKernel(layout: Layout): RowKernel {
  const [source, received, gamma] = ['source', 'received', 'gamma'].map((name) =>
    inRows(name, layout),
  );
  const all = [source, received, gamma] as Three;
  return {
    key: `layer-norm-row-sums-${layout}`,
    bindings: [
      ...[all[0].binding, all[1].binding, numbers('statistics'), all[2].binding],
      numbers('result', 'read_write'),
    ],
    sizes: SIZES,
    code: () => `${all.map(({ code }) => code).join('')}
fn work(item: u32, layer: u32) {
  let mean = statistics[2u * item];
  let inverse = statistics[2u * item + 1u];
  var sum = vec4<f32>();
  var product = vec4<f32>();
  for (var quad = 0u; quad < size.quads; quad++) {
    let own = received_load(item, quad) * gamma_load(0u, quad);
    sum += own;
    product += own * (source_load(item, quad) - mean) * inverse;
  }
  result[2u * item] = dot(sum, vec4<f32>(1.0)) / f32(size.channels);
  result[2u * item + 1u] = dot(product, vec4<f32>(1.0)) / f32(size.channels);
}`,
  };
}

function columnSumsKernel(layout: Layout): RowKernel {
  const [source, received] = [inRows('source', layout), inRows('received', layout)];
  return {
    key: `layer-norm-column-sums-${layout}`,
    bindings: [
      ...[source.binding, received.binding, numbers('statistics')],
      vectors('partials', 'read_write'),
    ],
    sizes: SIZES,
    code: () => `${source.code}${received.code}
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let chunk = item / size.quads;
  var sum = vec4<f32>();
  var product = vec4<f32>();
  for (var row = chunk; row < size.rows; row += size.chunks) {
    let value = received_load(row, quad);
    sum += value;
    product += value * (source_load(row, quad) - statistics[2u * row]) * statistics[2u * row + 1u];
  }
  let place = chunk * 2u * size.quads + quad;
  partials[place] = sum;
  partials[place + size.quads] = product;
}`,
  };
}

type Three = [Rows, Rows, Rows];
type Four = [Rows, Rows, Rows, Rows];
