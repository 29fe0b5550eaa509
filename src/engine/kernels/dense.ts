/**
 * A linear layer on a few rows, `y = x Wt + b`, and its gradients. A batch has 1 to 64 rows and the
 * first weight of Conv5_FC3 42 million numbers, so each pass is one reading of W: a thread keeps the
 * sums of up to four rows of the batch while it walks along W. Stock matrix products cut both sides
 * into tiles of 32, most of it padding here, and bind W as a whole: 168 MB at 169 x 208 x 179, where
 * WebGPU promises 128 MiB. Here W is bound in ranges of its rows. Partial sums are added in a fixed
 * order. Bound by bytes: 2 to 3 GB/s on lavapipe, two cores.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { currentDevice, differentiable, uninitialised, workspace } from '../device/tfjs-backend.ts';
import { dispatch } from './dispatch.ts';
import { each, type Kernel } from './kernel.ts';
import { rangesOf, type Range } from './ranges.ts';
import { layoutOf, numbers, quadsOf, rows, type Layout } from './storage.ts';
import { sumPartials } from './sum-partials.ts';

/** Threads that share a row of W, each taking every 32nd quad: neighbours read neighbours. */
const LANES = 32;
/** Threads that keep a large GPU busy. */
const THREADS = 32_768;
/** Rows of W below which a thread is not worth its partial sums. */
const ROWS_A_THREAD = 16;
/** Rows of the batch that a thread sums at once. */
type AtOnce = 1 | 2 | 4;
const SIZES = [
  ...['items', 'batch', 'inputs', 'quads', 'outputs'],
  ...['first', 'rows', 'chunks', 'firstChunk'],
] as const;
type Sizes = Readonly<Record<(typeof SIZES)[number], number>>;

/**
 * @param input - `[batch, inputs]`
 * @param weight - `[outputs, inputs]`, as PyTorch keeps it
 * @param bias - `[outputs]`
 * @param maxBinding - bytes that are bound at once
 * @returns `[batch, outputs]`
 */
export function dense(
  input: Tensor,
  weight: Tensor,
  bias: Tensor,
  maxBinding = currentDevice().limits.maxStorageBufferBindingSize,
): Tensor {
  const [outputs = 1, inputs = 1] = weight.shape;
  const ranges = rangesOf(outputs, inputs, maxBinding);
  const forward = (save: (tensors: Tensor[]) => void) => {
    save([input, weight]);
    return [tf.add(product(input, weight, ranges), tf.reshape(bias, [1, outputs]))];
  };
  const backward = (received: Tensor, saved: Tensor[]) => {
    const [source, matrix] = saved as [Tensor, Tensor];
    return {
      input: () => inputGradient(received, matrix, ranges),
      weight: () => weightGradient(received, source, ranges),
      bias: () => tf.sum(received, 0),
    };
  };
  return differentiable({ input, weight, bias }, forward, backward)[0] as Tensor;
}

/** @returns numbers in the partial sums of the output and of the input's gradient. */
export function densePartials(batch: number, inputs: number, outputs: number): [number, number] {
  const width = 4 * quadsOf(inputs);
  return [LANES * batch * outputs, chunksOf(outputs, quadsOf(inputs)) * batch * width];
}

function chunksOf(rowsOfWeight: number, quads: number): number {
  const wanted = Math.max(1, Math.floor(THREADS / quads));
  return Math.min(wanted, Math.ceil(rowsOfWeight / ROWS_A_THREAD));
}

function product(input: Tensor, weight: Tensor, ranges: readonly Range[]): Tensor {
  const sizes = sizesOf(input, weight);
  const { batch, outputs, inputs } = sizes;
  const partials = workspace([LANES, batch * outputs]);
  for (const range of ranges) {
    const { first, count } = range;
    const of = { ...sizes, items: count * LANES, first, rows: count };
    const kernel = productKernel(layoutOf(inputs), atOnce(batch));
    const slice = { tensor: weight, from: first * inputs, count: count * inputs };
    dispatch(kernel, [input, slice, partials], of, layersOf(batch));
  }
  const cut = { shape: [batch, outputs], outputs: [batch * outputs, batch * outputs] as const };
  return sumPartials(partials, [cut])[0] as Tensor;
}

function inputGradient(gradient: Tensor, weight: Tensor, ranges: readonly Range[]): Tensor {
  const sizes = sizesOf(gradient, weight);
  const { batch, inputs, quads } = sizes;
  const all = ranges.reduce((sum, { count }) => sum + chunksOf(count, quads), 0);
  const width = 4 * quads;
  const partials = workspace([all, batch * width]);
  let firstChunk = 0;
  for (const range of ranges) {
    const { first, count } = range;
    const chunks = chunksOf(count, quads);
    const of = { ...sizes, items: chunks * quads, first, rows: count, chunks, firstChunk };
    const kernel = inputKernel(layoutOf(inputs), atOnce(batch));
    const slice = { tensor: weight, from: first * inputs, count: count * inputs };
    dispatch(kernel, [gradient, slice, partials], of, layersOf(batch));
    firstChunk += chunks;
  }
  const cut = {
    shape: [batch, inputs],
    inputs: [1, 1] as const,
    outputs: [inputs, width] as const,
  };
  return sumPartials(partials, [cut])[0] as Tensor;
}

function weightGradient(gradient: Tensor, input: Tensor, ranges: readonly Range[]): Tensor {
  const [, outputs = 1] = gradient.shape;
  const [batch = 1, inputs = 1] = input.shape;
  const result = uninitialised([outputs, inputs]);
  const sizes = sizesOf(input, result);
  for (const { first, count } of ranges) {
    const of = { ...sizes, batch, items: count * sizes.quads, first, rows: count };
    const slice = { tensor: result, from: first * inputs, count: count * inputs };
    dispatch(weightKernel(layoutOf(inputs)), [gradient, input, slice], of);
  }
  return result;
}

/** @param rowsOf - `[batch, ...]` */
function sizesOf(rowsOf: Tensor, weight: Tensor): Sizes {
  const [outputs = 1, inputs = 1] = weight.shape;
  const [batch = 1] = rowsOf.shape;
  const quads = quadsOf(inputs);
  return { items: 0, batch, inputs, quads, outputs, first: 0, rows: 0, chunks: 1, firstChunk: 0 };
}

function atOnce(batch: number): AtOnce {
  return batch === 1 ? 1 : batch === 2 ? 2 : 4;
}

function layersOf(batch: number): number {
  return Math.ceil(batch / atOnce(batch));
}

const flops = ({ batch, inputs, rows: some }: Sizes) => 2 * batch * inputs * some;

function productKernel(layout: Layout, count: AtOnce): Kernel<(typeof SIZES)[number]> {
  const source = rows('source', layout, 'size.inputs', 'size.quads');
  const weight = rows('weight', layout, 'size.inputs', 'size.quads');
  return {
    key: `dense-${layout}-${count}`,
    bindings: [source.binding, weight.binding, numbers('partials', 'read_write')],
    sizes: SIZES,
    flops,
    code: () => `${source.code}${weight.code}
fn work(item: u32, layer: u32) {
  let lane = item % ${LANES}u;
  let row = item / ${LANES}u;
  ${each(count, (i) => `let b${i} = min(layer * ${count}u + ${i}u, size.batch - 1u); var s${i} = 0.0;`)}
  for (var quad = lane; quad < size.quads; quad += ${LANES}u) {
    let value = weight_load(row, quad);
    ${each(count, (i) => `s${i} += dot(value, source_load(b${i}, quad));`)}
  }
  let at = lane * size.batch * size.outputs + size.first + row;
  ${each(count, (i) => `partials[at + b${i} * size.outputs] = s${i};`)}
}`,
  };
}

function inputKernel(layout: Layout, count: AtOnce): Kernel<(typeof SIZES)[number]> {
  const weight = rows('weight', layout, 'size.inputs', 'size.quads');
  const partials = rows('partials', 'quads', 'size.inputs', 'size.quads', 'read_write');
  return {
    key: `dense-input-${layout}-${count}`,
    bindings: [numbers('gradient'), weight.binding, partials.binding],
    sizes: SIZES,
    flops,
    code: () => `${weight.code}${partials.code}
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let chunk = item / size.quads;
  ${each(count, (i) => `let b${i} = min(layer * ${count}u + ${i}u, size.batch - 1u); var s${i} = vec4<f32>();`)}
  for (var row = chunk; row < size.rows; row += size.chunks) {
    let value = weight_load(row, quad);
    ${each(count, (i) => `s${i} += gradient[b${i} * size.outputs + size.first + row] * value;`)}
  }
  ${each(count, (i) => `partials_store((size.firstChunk + chunk) * size.batch + b${i}, quad, s${i});`)}
}`,
  };
}

function weightKernel(layout: Layout): Kernel<(typeof SIZES)[number]> {
  const source = rows('source', layout, 'size.inputs', 'size.quads');
  const result = rows('result', layout, 'size.inputs', 'size.quads', 'read_write');
  return {
    key: `dense-weight-${layout}`,
    bindings: [numbers('gradient'), source.binding, result.binding],
    sizes: SIZES,
    flops,
    code: () => `${source.code}${result.code}
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let row = item / size.quads;
  var sum = vec4<f32>();
  for (var b = 0u; b < size.batch; b++) {
    sum += gradient[b * size.outputs + size.first + row] * source_load(b, quad);
  }
  result_store(row, quad, sum);
}`,
  };
}
