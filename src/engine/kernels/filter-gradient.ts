/**
 * Gradient of a convolution with respect to its filter: for each tap and pair of channels, the sum
 * over all voxels of input times gradient of the output. A thread walks along lines of Z and keeps
 * a block of sums in registers: the taps along Z (three, for a window of three) x four inputs x
 * eight outputs; or, for one input channel and a window of three, nine taps x eight outputs. Threads
 * that share a block go through different lines; their partial sums are added in a fixed order. As
 * in the convolution, what happens along Z is constant in the shader, X and Y are uniforms.
 * Measured on lavapipe, two cores: 17 GFLOP/s on eight channels and more, 14 on one.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { workspace } from '../device/tfjs-backend.ts';
import type { ConvolutionGeometry } from './convolution-geometry.ts';
import { dispatch } from './dispatch.ts';
import { elementOf } from './half-tensors.ts';
import { each, type Kernel } from './kernel.ts';
import { wholeOf, type Part } from './parts.ts';
import { layoutOf, numbers, quadsOf, rows, vectors, type Element, type Layout } from './storage.ts';
import { sumPartials } from './sum-partials.ts';

/** Threads that keep a GPU busy: each has 384 bytes of partial sums, 4 MiB in all. */
const THREADS = 10_922;
/** Voxels below which a thread is not worth its partial sums. */
const VOXELS_A_THREAD = 64;
const SIZES = [
  ...['items', 'lines', 'firstLine', 'chunks', 'madeX', 'madeY', 'madeZ'],
  ...['readX', 'readY', 'readZ', 'strideX', 'strideY', 'padX', 'padY', 'padZ'],
  ...[
    'rows',
    'windowY',
    'blocksZ',
    'inputs',
    'inputQuads',
    'outputs',
    'outputQuads',
    'outputPairs',
  ],
] as const;

/** Which gradient, of what. */
export interface FilterGradientOf {
  readonly geometry: ConvolutionGeometry;
  /** The voxels of the output that the gradient is of; all when absent. */
  readonly part?: Part;
  /** Whether rows of the gradient are padded with zeros to quads. */
  readonly padded?: boolean;
}

/**
 * @param input - `[batch, X, Y, Z, inputs]`
 * @param gradient - of the output or of a part of it, `[voxels, outputs]`, padded to quads or not
 * @returns `[windowX, windowY, windowZ, inputs, outputs]`
 */
export function filterGradient(
  input: Tensor,
  gradient: Tensor,
  outputs: number,
  of: FilterGradientOf,
): Tensor {
  const { geometry, padded = false } = of;
  const { window, stride, pad, input: read, output: made } = geometry;
  const [batch = 1, , , , inputs = 1] = input.shape;
  const part = of.part ?? wholeOf([batch, ...made, outputs]);
  const share = partition(part.shape, inputs, outputs, geometry);
  const { lines, blocks, chunks, inputRows, outputPairs, stride: width, along } = share;
  const partials = workspace([chunks, width]);
  const layouts = [layoutOf(inputs), padded ? 'quads' : layoutOf(outputs)] as const;
  const elements = [elementOf(input), elementOf(gradient)] as const;
  const kernel = share.isNine
    ? single(elements[1], layouts[1])
    : general(layouts, elements, { along, stride: stride[2] });
  dispatch(kernel, [input, gradient, partials], {
    ...{ items: blocks * chunks, lines, firstLine: part.firstLine, chunks, inputs, outputPairs },
    ...{ madeX: made[0], madeY: made[1], madeZ: made[2] },
    ...{ readX: read[0], readY: read[1], readZ: read[2] },
    ...{ strideX: stride[0], strideY: stride[1], padX: pad[0], padY: pad[1], padZ: pad[2] },
    ...{ rows: window[0] * window[1], windowY: window[1], blocksZ: window[2] / along },
    ...{ inputQuads: quadsOf(inputs), outputs, outputQuads: quadsOf(outputs) },
  });
  const cut = {
    shape: [...window, inputs, outputs],
    inputs: [inputs, inputRows] as const,
    outputs: [outputs, outputPairs * 8] as const,
  };
  return sumPartials(partials, [cut])[0] as Tensor;
}

/**
 * @param outputShape - of the convolution or of a part of it, `[batch, X, Y, Z, outputs]`
 * @returns how many partial sums `filterGradient` stores at a time, as numbers.
 */
export function partialSums(
  outputShape: readonly number[],
  inputs: number,
  geometry: ConvolutionGeometry,
): number {
  const { chunks, stride } = partition(outputShape, inputs, outputShape[4] ?? 1, geometry);
  return chunks * stride;
}

/** Taps along Z above which a thread has no registers for the sums of all of them. */
const MOST_ALONG = 4;

/** How the sums are shared out: threads with a block of them each, times chunks of the lines. */
function partition(
  outputShape: readonly number[],
  inputs: number,
  outputs: number,
  { window, stride, pad }: ConvolutionGeometry,
) {
  const [batch = 1, lengthX = 1, lengthY = 1, lengthZ = 1] = outputShape;
  const isSingle = inputs === 1;
  const three = [window, [3, 3, 3], pad, [1, 1, 1], stride, [1, 1, 1]].map(String);
  const isNine = isSingle && three.every((text, i) => i % 2 === 1 || text === three[i + 1]);
  const along = isSingle || window[2] <= MOST_ALONG ? window[2] : 1;
  const lines = batch * lengthX * lengthY;
  const outputPairs = Math.ceil(outputs / 8);
  const inputQuads = isSingle ? 1 : quadsOf(inputs);
  const rowBlocks = isNine ? 3 : ((window[0] * window[1] * window[2]) / along) * inputQuads;
  const blocks = rowBlocks * outputPairs;
  const useful = Math.ceil((lines * lengthZ) / VOXELS_A_THREAD);
  const chunks = Math.max(1, Math.min(lines, useful, Math.floor(THREADS / blocks)));
  const inputRows = isSingle ? 1 : inputQuads * 4;
  const taps = window[0] * window[1] * window[2];
  const width = taps * inputRows * outputPairs * 8;
  return { lines, blocks, chunks, inputRows, outputPairs, stride: width, along, isNine };
}

const flops = (
  {
    lines,
    madeZ,
    rows: taps,
    blocksZ,
    inputs,
    outputPairs,
  }: Readonly<Record<(typeof SIZES)[number], number>>,
  along: number,
) => lines * madeZ * 2 * taps * blocksZ * along * inputs * outputPairs * 8;

/** Gradients of two quads of outputs at the voxel z of a line. */
const GRADIENTS = each(
  2,
  (half) => `let g${half} = gradient_load(start + z, pair * 2u + ${half}u);`,
);

const gradientRows = (element: Element, layout: Layout) =>
  rows('gradient', layout, 'size.outputs', 'size.outputQuads', 'read', element);

/** A window of three on one channel: nine taps a thread. */
function single(element: Element, layout: Layout): Kernel<(typeof SIZES)[number]> {
  const gradient = gradientRows(element, layout);
  return {
    key: `filter-gradient-single-${layout}-${element}`,
    bindings: [numbers('source'), gradient.binding, vectors('partials', 'read_write')],
    sizes: SIZES,
    repeatable: true,
    flops: (sizes) => flops(sizes, 3),
    code: () => `${gradient.code}
fn work(item: u32, layer: u32) {
  let pair = item % size.outputPairs;
  let slab = item / size.outputPairs % 3u;
  let chunk = item / (size.outputPairs * 3u);
  ${each(9, (tap) => each(2, (half) => `var s${tap}${half} = vec4<f32>();`))}
  for (var line = chunk; line < size.lines; line += size.chunks) {
    let whole = line + size.firstLine;
    let y = whole % size.readY;
    let x = whole / size.readY % size.readX;
    let start = line * size.readZ;
    let inX = x + slab - 1u < size.readX;
    let in0 = inX & (y > 0u);
    let in2 = inX & (y + 1u < size.readY);
    let from1 = (whole + (slab - 1u) * size.readY) * size.readZ;
    let from0 = from1 - size.readZ;
    let from2 = from1 + size.readZ;
    var a0 = 0.0; var a1 = 0.0; var a2 = 0.0;
    var b0 = select(0.0, source[from0], in0);
    var b1 = select(0.0, source[from1], inX);
    var b2 = select(0.0, source[from2], in2);
    // No line of the input within reach: nothing to add.
    let length = select(0u, size.readZ, inX);
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

/** @param along - taps along Z that a thread has, and their stride */
function general(
  [inputLayout, layout]: readonly [Layout, Layout],
  [sourceElement, element]: readonly [Element, Element],
  { along, stride }: { readonly along: number; readonly stride: number },
): Kernel<(typeof SIZES)[number]> {
  const channels = inputLayout === 'single' ? 1 : 4;
  const isSingle = channels === 1;
  const [width, quads] = ['size.inputs', 'size.inputQuads'];
  const source = rows('source', inputLayout, width, quads, 'read', sourceElement);
  const gradient = gradientRows(element, layout);
  const sums = (line: (tap: number, channel: number, half: number) => string) =>
    each(along, (tap) => each(channels, (channel) => each(2, (half) => line(tap, channel, half))));
  /** Values that stay when the window moves on. */
  const stay = Math.max(0, along - stride);
  const load = (tap: number, at: string) =>
    `select(vec4<f32>(), source_load(${at} + ${tap}u, quad), inside & (${at} - line0 + ${tap}u < size.readZ))`;
  const rowsOfInput = isSingle ? '1u' : 'size.inputQuads * 4u';
  return {
    key: `filter-gradient-${inputLayout}-${sourceElement}-${layout}-${element}-${along}-${stride}`,
    bindings: [source.binding, gradient.binding, vectors('partials', 'read_write')],
    sizes: SIZES,
    repeatable: true,
    flops: (sizes) => flops(sizes, along),
    code: () => `${source.code}${gradient.code}
fn work(item: u32, layer: u32) {
  let pair = item % size.outputPairs;
  let inputQuads = ${isSingle ? '1u' : 'size.inputQuads'};
  let quad = item / size.outputPairs % inputQuads;
  let block = item / (size.outputPairs * inputQuads);
  let blockZ = block % size.blocksZ;
  let row = block / size.blocksZ % size.rows;
  let chunk = block / (size.blocksZ * size.rows);
  ${sums((tap, channel, half) => `var s${tap}${channel}${half} = vec4<f32>();`)}
  for (var line = chunk; line < size.lines; line += size.chunks) {
    let whole = line + size.firstLine;
    let x = whole / size.madeY % size.madeX * size.strideX + row / size.windowY - size.padX;
    let y = whole % size.madeY * size.strideY + row % size.windowY - size.padY;
    let volume = whole / (size.madeY * size.madeX);
    let inside = (x < size.readX) & (y < size.readY);
    let start = line * size.madeZ;
    let line0 = ((volume * size.readX + x) * size.readY + y) * size.readZ;
    let begin = line0 + blockZ * ${along}u - size.padZ;
    let length = select(0u, size.madeZ, inside);
    ${each(along, (tap) => `var v${tap} = ${tap < stay ? load(tap, 'begin') : 'vec4<f32>()'};`)}
    for (var z = 0u; z < length; z++) {
      let here = begin + z * ${stride}u;
      ${each(along, (tap) => (tap < stay ? '' : `v${tap} = ${load(tap, 'here')};`))}
      ${GRADIENTS}
      ${sums((tap, channel, half) => `s${tap}${channel}${half} += v${tap}[${channel}] * g${half};`)}
      ${each(stay, (tap) => `v${tap} = v${tap + stride};`)}
    }
  }
  let width = size.outputPairs * 2u;
  let firstTap = (row * size.blocksZ + blockZ) * ${along}u;
  let at = ((chunk * size.rows * size.blocksZ * ${along}u + firstTap) * ${rowsOfInput} + quad * 4u) * width + pair * 2u;
  ${sums((tap, channel, half) => `partials[at + (${tap}u * ${rowsOfInput} + ${channel}u) * width + ${half}u] = s${tap}${channel}${half};`)}
}`,
  };
}
