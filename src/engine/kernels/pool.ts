/**
 * Normalisation, ReLU and PadMaxPool(2, 2) in one pass over the convolution, and back. A thread has
 * one pooled voxel and four channels: a block of 2 x 2 x 2, of which the zeros padded in FRONT of an
 * odd axis are never the maximum, since ReLU leaves nothing below zero. Forward keeps which of the
 * eight was the first maximum (8: none is above zero), eight bits a channel. Backward overwrites
 * the convolution by its gradient (Ioffe and Szegedy 2015, section 3): nothing divides by gamma.
 * Bound by bytes: 1.7 to 3 GB/s on lavapipe, two cores.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { uninitialised, workspace } from '../device/tfjs-backend.ts';
import { chunksOf } from './channel-sums.ts';
import { dispatch } from './dispatch.ts';
import { elementOf, overflowFlag, uninitialisedAs } from './half-tensors.ts';
import type { Kernel } from './kernel.ts';
import type { Part } from './parts.ts';
import {
  OVERFLOW,
  layoutOf,
  numberRows,
  quadsOf,
  rows,
  vectors,
  type Element,
  type Layout,
} from './storage.ts';
import { sumPartials } from './sum-partials.ts';

const SIZES = [
  ...['items', 'quads', 'channels', 'lengthX', 'lengthY', 'lengthZ'],
  ...['pooledX', 'pooledY', 'pooledZ', 'firstPooled', 'blocks', 'chunks', 'statistics'],
] as const;

type Sizes = Readonly<Record<(typeof SIZES)[number], number>>;

/** What forward leaves for backward. */
export interface Pooled {
  /** `[batch, ceil(X / 2), ceil(Y / 2), ceil(Z / 2), channels]` */
  readonly output: Tensor;
  /** int32, one a quad of `output`. */
  readonly maxima: Tensor;
}

/**
 * @param shape - of the convolution, `[batch, X, Y, Z, channels]`
 * @param element - of the output
 */
export function uninitialisedPooled(shape: readonly number[], element: Element = 'f32'): Pooled {
  const output = uninitialisedAs(element, pooledShape(shape));
  const quads = (output.size / (shape[4] ?? 1)) * quadsOf(shape[4] ?? 1);
  return { output, maxima: uninitialised([quads], 'int32') };
}

/**
 * @param convolved - `[voxels, channels padded to quads]` of the part
 * @param into - takes the pooled voxels of the part
 */
export function pool(convolved: Tensor, coefficients: Tensor, part: Part, into: Pooled): void {
  const sizes = sizesOf(part);
  const kernel = poolKernel(layoutOf(sizes.channels), elementOf(convolved), elementOf(into.output));
  dispatch(kernel, [convolved, coefficients, into.output, into.maxima], sizes);
}

/** Gradients of gamma and beta, `[channels]`. */
export interface AffineGradients {
  readonly gamma: Tensor;
  readonly beta: Tensor;
}

/**
 * @param gradient - of the whole pooled output
 * @returns what the part adds to the gradients of gamma and beta
 */
export function affineGradients(
  gradient: Tensor,
  convolved: Tensor,
  coefficients: Tensor,
  maxima: Tensor,
  part: Part,
): AffineGradients {
  const sizes = sizesOf(part);
  const { quads, channels, blocks } = sizes;
  const chunks = chunksOf(blocks, quads);
  const partials = workspace([chunks, 8 * quads]);
  const tensors = [convolved, coefficients, maxima, gradient, partials];
  const kernel = sumsKernel(layoutOf(channels), elementOf(convolved), elementOf(gradient));
  dispatch(kernel, tensors, { ...sizes, items: chunks * quads, chunks });
  const cut = { shape: [channels], outputs: [channels, 4 * quads] as const };
  const [beta, gamma] = sumPartials(partials, [cut, { ...cut, offset: 4 * quads }]);
  return { gamma, beta } as AffineGradients;
}

/**
 * Overwrites the part of the convolution by its gradient.
 * @param sums - gradients of gamma and beta over all parts
 * @param statistics - number of voxels that mean and variance were taken over; 0 when they were
 *   given, as in evaluation, and do not depend on the input
 */
export function poolGradient(
  gradient: Tensor,
  convolved: Tensor,
  coefficients: Tensor,
  maxima: Tensor,
  sums: AffineGradients,
  part: Part,
  statistics: number,
): void {
  const sizes = { ...sizesOf(part), statistics };
  const tensors = [convolved, coefficients, maxima, gradient, sums.beta, sums.gamma];
  if (elementOf(convolved) !== 'f32') tensors.push(overflowFlag());
  const layout = layoutOf(sizes.channels);
  dispatch(applyKernel(layout, elementOf(convolved), elementOf(gradient)), tensors, sizes);
}

export function pooledShape(shape: readonly number[]): number[] {
  return shape.map((length, axis) => (axis > 0 && axis < 4 ? Math.ceil(length / 2) : length));
}

function sizesOf({ shape, firstPooled }: Part): Sizes {
  const [volumes = 1, lengthX = 1, lengthY = 1, lengthZ = 1, channels = 1] = shape;
  const [, pooledX = 1, pooledY = 1, pooledZ = 1] = pooledShape(shape);
  const quads = quadsOf(channels);
  const blocks = volumes * pooledX * pooledY * pooledZ;
  return {
    ...{ items: blocks * quads, quads, channels, lengthX, lengthY, lengthZ },
    ...{ pooledX, pooledY, pooledZ, firstPooled, blocks, chunks: 1, statistics: 0 },
  };
}

/** Where a pooled voxel's block begins (one less than 0 wraps: it is the padding), and its volume. */
const BLOCK = `
struct Block { batch: u32, x: u32, y: u32, z: u32 }
fn block_of(pooled: u32) -> Block {
  let line = pooled / size.pooledZ;
  let plane = line / size.pooledY;
  return Block(
    plane / size.pooledX,
    plane % size.pooledX * 2u - size.lengthX % 2u,
    line % size.pooledY * 2u - size.lengthY % 2u,
    pooled % size.pooledZ * 2u - size.lengthZ % 2u,
  );
}`;

/** Row of the convolution at a place of the block, and whether it is not padding. */
const VOXEL = `
fn voxel_of(block: Block, place: u32) -> u32 {
  return ((block.batch * size.lengthX + block.x + place / 4u) * size.lengthY
    + block.y + place / 2u % 2u) * size.lengthZ + block.z + place % 2u;
}
fn inside(block: Block, place: u32) -> bool {
  return (block.x + place / 4u < size.lengthX) & (block.y + place / 2u % 2u < size.lengthY)
    & (block.z + place % 2u < size.lengthZ);
}`;

const COEFFICIENTS = `
  let centre = coefficients[quad];
  let scale = coefficients[size.quads + quad];
  let shift = coefficients[2u * size.quads + quad];
  let inverse = coefficients[3u * size.quads + quad];`;

const convolvedRows = (element: Element) =>
  rows('convolved', 'quads', '', 'size.quads', 'read', element);

const gradientRows = (layout: Layout, element: Element) =>
  rows('gradient', layout, 'size.channels', 'size.quads', 'read', element);

function poolKernel(layout: Layout, from: Element, to: Element): Kernel<(typeof SIZES)[number]> {
  const convolved = convolvedRows(from);
  const pooled = rows('pooled', layout, 'size.channels', 'size.quads', 'read_write', to);
  return {
    key: `pool-${layout}-${from}-${to}`,
    bindings: [
      convolved.binding,
      vectors('coefficients'),
      pooled.binding,
      { name: 'maxima', type: 'array<u32>', access: 'read_write' },
    ],
    sizes: SIZES,
    code: () => `${convolved.code}${pooled.code}${BLOCK}${VOXEL}
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let block = block_of(item / size.quads);${COEFFICIENTS}
  var best = vec4<f32>();
  var place = vec4<u32>(8u);
  for (var i = 0u; i < 8u; i++) {
    let value = (convolved_load(voxel_of(block, i), quad) - centre) * scale + shift;
    let more = (value > best) & vec4<bool>(inside(block, i));
    best = select(best, value, more);
    place = select(place, vec4<u32>(i), more);
  }
  pooled_store(item / size.quads + size.firstPooled, quad, best);
  maxima[item + size.firstPooled * size.quads] = place.x | (place.y << 8u) | (place.z << 16u) | (place.w << 24u);
}`,
  };
}

/** The places of four maxima, and the gradient of what is below the ReLU there. */
const MAXIMA = `
fn places_of(packed: u32) -> vec4<u32> {
  return (vec4<u32>(packed) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(255u);
}`;

const PACKED_MAXIMA = { name: 'maxima', type: 'array<u32>', access: 'read' } as const;

/** Partial sums of the gradient of beta, then of gamma. */
function sumsKernel(
  layout: Layout,
  from: Element,
  received: Element,
): Kernel<(typeof SIZES)[number]> {
  const convolved = numberRows('convolved', from);
  const gradient = gradientRows(layout, received);
  return {
    key: `pool-sums-${layout}-${from}-${received}`,
    bindings: [
      convolved.binding,
      vectors('coefficients'),
      PACKED_MAXIMA,
      gradient.binding,
      vectors('partials', 'read_write'),
    ],
    sizes: SIZES,
    code: () => `${convolved.code}${gradient.code}${BLOCK}${MAXIMA}
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let chunk = item / size.quads;${COEFFICIENTS}
  var sum = vec4<f32>();
  var product = vec4<f32>();
  for (var pooled = chunk; pooled < size.blocks; pooled += size.chunks) {
    let row = pooled + size.firstPooled;
    let places = places_of(maxima[row * size.quads + quad]);
    let block = block_of(pooled);
    let line = (block.batch * size.lengthX + block.x + places / 4u) * size.lengthY
      + block.y + places / 2u % 2u;
    let begin = (line * size.lengthZ + block.z + places % 2u) * (size.quads * 4u) + quad * 4u;
    let value = vec4<f32>(
      convolved_number(begin.x), convolved_number(begin.y + 1u),
      convolved_number(begin.z + 2u), convolved_number(begin.w + 3u),
    );
    let positive = places < vec4<u32>(8u);
    let passed = select(vec4<f32>(), gradient_load(row, quad), positive);
    sum += passed;
    product += passed * select(vec4<f32>(), (value - centre) * inverse, positive);
  }
  partials[chunk * 2u * size.quads + quad] = sum;
  partials[(chunk * 2u + 1u) * size.quads + quad] = product;
}`,
  };
}

function applyKernel(
  layout: Layout,
  from: Element,
  received: Element,
): Kernel<(typeof SIZES)[number]> {
  const isHalf = from !== 'f32';
  const convolved = rows('convolved', 'quads', '', 'size.quads', 'read_write', from, isHalf);
  const gradient = gradientRows(layout, received);
  const channel = (name: string) => rows(name, 'ragged', 'size.channels', 'size.quads');
  const [beta, gamma] = [channel('beta'), channel('gamma')];
  return {
    key: `pool-gradient-${layout}-${from}-${received}`,
    bindings: [
      convolved.binding,
      vectors('coefficients'),
      PACKED_MAXIMA,
      gradient.binding,
      beta.binding,
      gamma.binding,
      ...(isHalf ? [OVERFLOW] : []),
    ],
    sizes: SIZES,
    code: () => `${convolved.code}${gradient.code}${beta.code}${gamma.code}${BLOCK}${VOXEL}${MAXIMA}
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let block = block_of(item / size.quads);${COEFFICIENTS}
  let share = select(0.0, 1.0 / f32(size.statistics), size.statistics > 0u);
  let mean = beta_load(0u, quad) * share;
  let slope = gamma_load(0u, quad) * share;
  let places = places_of(maxima[item + size.firstPooled * size.quads]);
  let received = gradient_load(item / size.quads + size.firstPooled, quad);
  for (var i = 0u; i < 8u; i++) {
    if (inside(block, i)) {
      let voxel = voxel_of(block, i);
      let passed = select(vec4<f32>(), received, places == vec4<u32>(i));
      let deviation = (convolved_load(voxel, quad) - centre) * inverse;
      convolved_store(voxel, quad, scale * (passed - mean - deviation * slope));
    }
  }
}`,
  };
}
