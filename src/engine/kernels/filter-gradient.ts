/**
 * Gradient of a convolution with respect to its filter: for each tap and pair of channels, the sum
 * over all voxels of input times gradient of the output. A thread walks along lines of Z and keeps
 * a block of sums in registers: three taps x four inputs x eight outputs, or, for one input
 * channel, nine taps x eight outputs. Threads that share a block go through different lines; their
 * partial sums are added in a fixed order.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { workspace } from '../device/tfjs-backend.ts';
import { dispatch } from './dispatch.ts';
import { elementOf } from './half-tensors.ts';
import { each, type Kernel } from './kernel.ts';
import { wholeOf } from './parts.ts';
import { layoutOf, numbers, quadsOf, rows, vectors, type Element, type Layout } from './storage.ts';
import { sumPartials } from './sum-partials.ts';

/** Threads that keep a GPU busy: each has 384 bytes of partial sums, 4 MiB in all. */
const THREADS = 10_922;
/** Voxels below which a thread is not worth its partial sums. */
const VOXELS_A_THREAD = 64;
const SIZES = [
  ...['items', 'lines', 'firstLine', 'chunks', 'lengthX', 'lengthY', 'lengthZ'],
  ...['inputs', 'inputQuads', 'outputQuads', 'outputPairs'],
] as const;

/**
 * @param input - `[batch, X, Y, Z, inputs]`
 * @param gradient - of the part of the output, `[voxels, outputs padded to quads]`
 * @returns `[3, 3, 3, inputs, outputs]`
 */
export function filterGradient(
  input: Tensor,
  gradient: Tensor,
  outputs: number,
  part = wholeOf(input.shape),
): Tensor {
  const [, lengthX = 1, lengthY = 1, lengthZ = 1, inputs = 1] = input.shape;
  const partShape = [...part.shape.slice(0, 4), inputs];
  const { lines, blocks, chunks, inputRows, outputPairs, stride } = partition(partShape, outputs);
  const partials = workspace([chunks, stride]);
  const element = elementOf(gradient);
  const kernel =
    inputs === 1 ? single(element) : quads([layoutOf(inputs), elementOf(input)], element);
  dispatch(kernel, [input, gradient, partials], {
    ...{ items: blocks * chunks, lines, firstLine: part.firstLine, chunks, inputs, outputPairs },
    ...{ lengthX, lengthY, lengthZ },
    ...{ inputQuads: quadsOf(inputs), outputQuads: quadsOf(outputs) },
  });
  const cut = {
    shape: [3, 3, 3, inputs, outputs],
    inputs: [inputs, inputRows] as const,
    outputs: [outputs, outputPairs * 8] as const,
  };
  return sumPartials(partials, [cut])[0] as Tensor;
}

/** @returns how many partial sums `filterGradient` stores at a time, as numbers. */
export function partialSums(inputShape: readonly number[], outputs: number): number {
  const { chunks, stride } = partition(inputShape, outputs);
  return chunks * stride;
}

/** How the sums are shared out: threads with a block of them each, times chunks of the lines. */
function partition(inputShape: readonly number[], outputs: number) {
  const [batch = 1, lengthX = 1, lengthY = 1, lengthZ = 1, inputs = 1] = inputShape;
  const isSingle = inputs === 1;
  const lines = batch * lengthX * lengthY;
  const outputPairs = Math.ceil(outputs / 8);
  const blocks = (isSingle ? 3 : 9 * quadsOf(inputs)) * outputPairs;
  const useful = Math.ceil((lines * lengthZ) / VOXELS_A_THREAD);
  const chunks = Math.max(1, Math.min(lines, useful, Math.floor(THREADS / blocks)));
  const inputRows = isSingle ? 1 : quadsOf(inputs) * 4;
  return {
    lines,
    blocks,
    chunks,
    inputRows,
    outputPairs,
    stride: 27 * inputRows * outputPairs * 8,
  };
}

const flops = ({
  lines,
  lengthZ,
  inputs,
  outputPairs,
}: Readonly<Record<(typeof SIZES)[number], number>>) =>
  lines * lengthZ * 54 * inputs * outputPairs * 8;

/** Gradients of two quads of outputs at the voxel z of a line. */
const GRADIENTS = each(
  2,
  (half) => `let g${half} = gradient_load(start + z, pair * 2u + ${half}u);`,
);

const gradientRows = (element: Element) =>
  rows('gradient', 'quads', '', 'size.outputQuads', 'read', element);

function single(element: Element): Kernel<(typeof SIZES)[number]> {
  const gradient = gradientRows(element);
  return {
    key: `filter-gradient-single-${element}`,
    bindings: [numbers('source'), gradient.binding, vectors('partials', 'read_write')],
    sizes: SIZES,
    repeatable: true,
    flops,
    code: () => `${gradient.code}
fn work(item: u32, layer: u32) {
  let pair = item % size.outputPairs;
  let slab = item / size.outputPairs % 3u;
  let chunk = item / (size.outputPairs * 3u);
  ${each(9, (tap) => each(2, (half) => `var s${tap}${half} = vec4<f32>();`))}
  for (var line = chunk; line < size.lines; line += size.chunks) {
    let whole = line + size.firstLine;
    let y = whole % size.lengthY;
    let x = whole / size.lengthY % size.lengthX;
    let start = line * size.lengthZ;
    let inX = x + slab - 1u < size.lengthX;
    let in0 = inX & (y > 0u);
    let in2 = inX & (y + 1u < size.lengthY);
    let from1 = (whole + (slab - 1u) * size.lengthY) * size.lengthZ;
    let from0 = from1 - size.lengthZ;
    let from2 = from1 + size.lengthZ;
    var a0 = 0.0; var a1 = 0.0; var a2 = 0.0;
    var b0 = select(0.0, source[from0], in0);
    var b1 = select(0.0, source[from1], inX);
    var b2 = select(0.0, source[from2], in2);
    // No line of the input within reach: nothing to add.
    let length = select(0u, size.lengthZ, inX);
    for (var z = 0u; z < length; z++) {
      let more = z + 1u < length;
      let c0 = select(0.0, source[from0 + z + 1u], in0 & more);
      let c1 = select(0.0, source[from1 + z + 1u], more);
      let c2 = select(0.0, source[from2 + z + 1u], in2 & more);
      ${GRADIENTS}
      ${each(9, (tap) =>
        each(2, (half) => {
          const value = `${'abc'[tap % 3]}${Math.floor(tap / 3)}`;
          return `s${tap}${half} += ${value} * g${half};`;
        }),
      )}
      a0 = b0; a1 = b1; a2 = b2;
      b0 = c0; b1 = c1; b2 = c2;
    }
  }
  let at = ((chunk * 27u + slab * 9u) * size.outputPairs + pair) * 2u;
  ${each(9, (tap) =>
    each(
      2,
      (half) => `partials[at + ${tap}u * size.outputPairs * 2u + ${half}u] = s${tap}${half};`,
    ),
  )}
}`,
  };
}

function quads(
  [layout, sourceElement]: readonly [Layout, Element],
  element: Element,
): Kernel<(typeof SIZES)[number]> {
  const source = rows('source', layout, 'size.inputs', 'size.inputQuads', 'read', sourceElement);
  const gradient = gradientRows(element);
  const sums = (line: (tap: number, channel: number, half: number) => string) =>
    each(3, (tap) => each(4, (channel) => each(2, (half) => line(tap, channel, half))));
  return {
    key: `filter-gradient-${layout}-${sourceElement}-${element}`,
    bindings: [source.binding, gradient.binding, vectors('partials', 'read_write')],
    sizes: SIZES,
    repeatable: true,
    flops,
    code: () => `${source.code}${gradient.code}
fn work(item: u32, layer: u32) {
  let pair = item % size.outputPairs;
  let quad = item / size.outputPairs % size.inputQuads;
  let row = item / (size.outputPairs * size.inputQuads) % 9u;
  let chunk = item / (size.outputPairs * size.inputQuads * 9u);
  ${sums((tap, channel, half) => `var s${tap}${channel}${half} = vec4<f32>();`)}
  for (var line = chunk; line < size.lines; line += size.chunks) {
    let whole = line + size.firstLine;
    let y = whole % size.lengthY;
    let x = whole / size.lengthY % size.lengthX;
    let inside = (x + row / 3u - 1u < size.lengthX) & (y + row % 3u - 1u < size.lengthY);
    let start = line * size.lengthZ;
    let begin = (whole + row / 3u * size.lengthY + row % 3u - size.lengthY - 1u) * size.lengthZ;
    let length = select(0u, size.lengthZ, inside);
    var v0 = vec4<f32>();
    var v1 = source_load(begin, quad);
    for (var z = 0u; z < length; z++) {
      let v2 = select(vec4<f32>(), source_load(begin + z + 1u, quad), z + 1u < length);
      ${GRADIENTS}
      ${sums((tap, channel, half) => `s${tap}${channel}${half} += v${tap}[${channel}] * g${half};`)}
      v0 = v1;
      v1 = v2;
    }
  }
  let width = size.outputPairs * 2u;
  let at = ((chunk * 27u + row * 3u) * size.inputQuads + quad) * 4u * width + pair * 2u;
  ${sums((tap, channel, half) => `partials[at + (${tap}u * size.inputQuads * 4u + ${channel}u) * width + ${half}u] = s${tap}${channel}${half};`)}
}`,
  };
}
