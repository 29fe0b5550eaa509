/**
 * Convolution of volumes `[batch, X, Y, Z, channels]` with any window, stride and padding, by direct
 * summation; the gradient of its input and the transposed convolution are the same sum over another
 * walk (convolution-geometry.ts).
 *
 * A thread makes a strip of neighbours along Z for eight output channels, so that what it reads is
 * used many times: a filter's number for each voxel of the strip, an input's for the taps along Z of
 * eight outputs. Taps along Z, their stride and padding are constants of the shader, so that a
 * strided or dilated walk computes no product that is not there; X and Y are uniforms. No workgroup
 * memory: barriers cost software drivers more than they save, and a GPU's caches hold the overlap.
 * A filter of 27 taps on eight channels reaches 12.9 GFLOP/s on lavapipe with two cores, where a
 * plain loop of multiplications and additions reaches 17; the first layer, with one channel, 8.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { volumeOf, type Three } from './axes.ts';
import {
  backwardWalk,
  forwardWalk,
  sameGeometryOf,
  type ConvolutionGeometry,
  type Walk,
} from './convolution-geometry.ts';
import { dispatch } from './dispatch.ts';
import { elementOf, momentaryAs, overflowFlag, uninitialisedAs } from './half-tensors.ts';
import { each, type Binding, type Kernel } from './kernel.ts';
import { packFilter, UNIFORM_BYTES, uniformSlices } from './pack-filter.ts';
import type { Part } from './parts.ts';
import {
  OVERFLOW,
  layoutOf,
  quadsOf,
  rows,
  vectors,
  type Element,
  type Layout,
} from './storage.ts';

const SIZES = [
  ...['items', 'strips', 'firstLine', 'madeX', 'madeY', 'madeZ', 'readX', 'readY', 'readZ'],
  ...['rows', 'windowY', 'strideX', 'strideY', 'dilationX', 'dilationY', 'padX', 'padY'],
  ...['inputs', 'inputQuads', 'outputs', 'outputQuads', 'layer'],
] as const;

/** What is made of a convolution, and how it is stored. */
export interface Made {
  readonly geometry?: ConvolutionGeometry;
  /** Which voxels; all when absent. */
  readonly part?: Part | undefined;
  readonly element?: Element | undefined;
  /** `[outputs]`, added to each voxel. */
  readonly bias?: Tensor | undefined;
  /** Whether rows of channels are padded with zeros to quads, as the kernels of a block need it. */
  readonly padded?: boolean;
  /** It is freed soon, and may stand in any buffer that is large enough. */
  readonly isMomentary?: boolean;
  /** A gradient may be too large for a half, which the loss's scale can mend: it is watched. */
  readonly isGradient?: boolean;
}

/**
 * @param input - `[batch, X, Y, Z, inputs]`
 * @param filter - `[windowX, windowY, windowZ, inputs, outputs]`
 * @param made - by default all, with stride 1 and as many voxels as the input
 * @returns `[voxels, outputs padded to a multiple of four]` where it is padded, else
 *   `[batch, X, Y, Z, outputs]`
 */
export function convolve(input: Tensor, filter: Tensor, made: Made = {}): Tensor {
  const [inputs = 1, outputs = 1] = filter.shape.slice(3);
  const { part, element = 'f32', bias, padded = false, isGradient = false } = made;
  const { geometry = sameGeometryOf(input.shape, filter.shape.slice(0, 3)) } = made;
  const batch = input.shape[0] ?? 1;
  const [X, Y, Z] = geometry.output;
  const [volumes = batch, planes = X, , lengthZ = Z] = part?.shape ?? [];
  const lines = volumes * planes * Y;
  const width = 4 * quadsOf(outputs);
  const shape = padded ? [lines * lengthZ, width] : [batch, X, Y, Z, outputs];
  const output = (made.isMomentary ? momentaryAs : uninitialisedAs)(element, shape);
  const layouts = [layoutOf(inputs), padded ? 'quads' : layoutOf(outputs)] as const;
  const packed = packFilter(filter, false, layouts[0]);
  const range = { firstLine: part?.firstLine ?? 0, lines };
  const isWatched = isGradient && element !== 'f32';
  const tensors = { input, packed, output, bias, isWatched };
  run(layouts, forwardWalk(geometry), range, tensors, [inputs, outputs]);
  if (packed !== filter) packed.dispose();
  return output;
}

/**
 * The gradient of `convolve` with respect to its input; or, of something else than a gradient, a
 * transposed convolution.
 * @param gradient - of the output, as `convolve` returns it: padded to quads or not
 * @param shape - `[batch, X, Y, Z, inputs]`
 */
export function inputGradient(
  gradient: Tensor,
  filter: Tensor,
  shape: readonly number[],
  made: Omit<Made, 'part'> = {},
): Tensor {
  const [inputs = 1, outputs = 1] = filter.shape.slice(3);
  const { element = 'f32', bias, padded = false, isGradient = true } = made;
  const { geometry = sameGeometryOf(shape, filter.shape.slice(0, 3)) } = made;
  const output = uninitialisedAs(element, [...shape]);
  const layouts = [padded ? 'quads' : layoutOf(outputs), layoutOf(inputs)] as const;
  const packed = packFilter(filter, true, layouts[0]);
  const [X, Y] = geometry.input;
  const lines = { firstLine: 0, lines: (shape[0] ?? 1) * X * Y };
  const isWatched = isGradient && element !== 'f32';
  const tensors = { input: gradient, packed, output, bias, isWatched };
  run(layouts, backwardWalk(geometry), lines, tensors, [outputs, inputs]);
  packed.dispose();
  return output;
}

interface Tensors {
  readonly input: Tensor;
  readonly packed: Tensor;
  readonly output: Tensor;
  readonly bias?: Tensor | undefined;
  /** A gradient that may be too large for a half. */
  readonly isWatched?: boolean;
}

function run(
  [from, to]: readonly [from: Layout, to: Layout],
  walk: Walk,
  { firstLine, lines }: { firstLine: number; lines: number },
  { input, packed, output, bias, isWatched = false }: Tensors,
  [inputs, outputs]: readonly [number, number],
): void {
  const { window, stride, dilation, pad, read, made } = walk;
  const strip = stripOf(walk);
  const strips = Math.ceil(made[2] / strip);
  const layers = Math.ceil(outputs / 8);
  const sizes = {
    ...{ items: lines * strips, strips, firstLine },
    ...{ madeX: made[0], madeY: made[1], madeZ: made[2] },
    ...{ readX: read[0], readY: read[1], readZ: read[2] },
    ...{ rows: window[0] * window[1], windowY: window[1], padX: pad[0], padY: pad[1] },
    ...{ strideX: stride[0], strideY: stride[1] },
    ...{ dilationX: dilation[0], dilationY: dilation[1] },
    ...{ inputs, inputQuads: quadsOf(inputs), outputs, outputQuads: quadsOf(outputs), layer: 0 },
  };
  const rest = [
    output,
    ...(bias === undefined ? [] : [bias]),
    ...(isWatched ? [overflowFlag()] : []),
  ];
  const slices = uniformSlices(packed, layers);
  const chosen = kernel({
    input: [from, elementOf(input)],
    output: [to, elementOf(output)],
    ...{ strip, alongZ: alongZ(walk), taps: volumeOf(window) / volumeOf(dilation) },
    isDilated: dilation.some((distance) => distance > 1),
    ...{ isWatched, isBiased: bias !== undefined, isUniform: slices !== undefined },
  });
  if (slices === undefined) dispatch(chosen, [input, packed, ...rest], sizes, layers);
  for (const [layer, slice] of slices?.entries() ?? []) {
    dispatch(chosen, [input, slice, ...rest], { ...sizes, layer });
  }
}

/**
 * Voxels along Z that a thread computes: eight where a line has as many and the registers hold what
 * they read; a multiple of the dilation, so that all strips meet its lattice alike.
 */
function stripOf({ window, stride, dilation, made }: Walk): number {
  const most = made[2] > 4 && stride[2] === 1 && window[2] <= 4 ? 8 : 4;
  return most % dilation[2] === 0 ? most : Math.ceil(4 / dilation[2]) * dilation[2];
}

type Stored = readonly [Layout, Element];

/** The walk along Z, known to the compiler. */
interface AlongZ {
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pad: number;
}

function alongZ({ window, stride, dilation, pad }: Walk): AlongZ {
  const of = (values: Three) => values[2];
  return { window: of(window), stride: of(stride), dilation: of(dilation), pad: of(pad) };
}

interface Variant {
  readonly input: Stored;
  readonly output: Stored;
  readonly strip: number;
  readonly alongZ: AlongZ;
  /** That a voxel meets, on average. */
  readonly taps: number;
  readonly isDilated: boolean;
  readonly isWatched: boolean;
  readonly isBiased: boolean;
  readonly isUniform: boolean;
}

const UNIFORM_FILTERS: Binding = {
  name: 'filters',
  type: `array<vec4<f32>, ${UNIFORM_BYTES / 16}>`,
  access: 'uniform',
};

/** Which voxels along Z a strip reads, and which of them each product takes. */
function readsOf({ window, stride, dilation, pad }: AlongZ, strip: number) {
  const place = (position: number, tap: number) => position * stride + tap - pad;
  const isThere = (position: number, tap: number) => place(position, tap) % dilation === 0;
  const places = Array.from({ length: strip }, (_, position) =>
    Array.from({ length: window }, (_value, tap) =>
      isThere(position, tap) ? place(position, tap) / dilation : NaN,
    ),
  );
  const all = places.flat().filter((where) => !Number.isNaN(where));
  const first = Math.min(...all);
  return {
    /** Of the first voxel that is read, less the strip's own place. */
    first,
    count: Math.max(...all) - first + 1,
    /** Index of the voxel read for a tap at a position; NaN where the lattice has none. */
    index: (position: number, tap: number) => (places[position]?.[tap] ?? NaN) - first,
  };
}

function kernel(variant: Variant): Kernel<(typeof SIZES)[number]> {
  const { strip, isDilated, isWatched, isBiased, isUniform } = variant;
  const [input, inputElement] = variant.input;
  const [output, outputElement] = variant.output;
  const { window, stride, dilation, pad } = variant.alongZ;
  // One channel is read number by number; one output needs no second quad.
  const single = input === 'single';
  const halves = output === 'single' ? 1 : 2;
  const source = rows('source', input, 'size.inputs', 'size.inputQuads', 'read', inputElement);
  const [channels, quads] = ['size.outputs', 'size.outputQuads'];
  const target = rows('result', output, channels, quads, 'read_write', outputElement, isWatched);
  const bias = rows('bias', 'ragged', channels, quads);
  const reads = readsOf(variant.alongZ, strip);
  const sum = (position: number, half: number) => `s${position}${half}`;
  const positions = (line: (position: number) => string) => each(strip, line);
  const products = () =>
    each(window, (tap) =>
      each(
        single ? 1 : 4,
        (channel) => `
      let p${tap}${channel} = at + ${tap}u * tapStep + ${2 * channel}u;
      ${each(halves, (half) => `let f${tap}${channel}${half} = filters[p${tap}${channel} + ${half}u];`)}
      ${positions((position) =>
        each(halves, (half) => {
          const index = reads.index(position, tap);
          if (Number.isNaN(index)) return '';
          const value = `v${index}${single ? '' : `[${channel}]`}`;
          return `${sum(position, half)} += ${value} * f${tap}${channel}${half};`;
        }),
      )}`,
      ),
    );
  const zero = single ? '0.0' : 'vec4<f32>()';
  const load = (index: number) =>
    single ? `source[start + ${index}u]` : `source_load(start + ${index}u, quad)`;
  const names = [input, inputElement, output, outputElement, strip, window, stride, dilation, pad];
  const flags = { dilated: isDilated, watched: isWatched, biased: isBiased, uniform: isUniform };
  const raised = Object.entries(flags).flatMap(([name, isSo]) => (isSo ? [name] : []));
  const read = (axis: 'X' | 'Y', position: string, tap: string) => `
    let at${axis} = ${position} * size.stride${axis} + ${tap} - size.pad${axis};
    let read${axis} = at${axis}${isDilated ? ` / size.dilation${axis}` : ''};
    let in${axis} = (read${axis} < size.read${axis})${isDilated ? ` & (at${axis} % size.dilation${axis} == 0u)` : ''};`;
  return {
    key: ['convolution', ...names, ...raised].join('-'),
    repeatable: true,
    bindings: [
      ...[source.binding, isUniform ? UNIFORM_FILTERS : vectors('filters'), target.binding],
      ...(isBiased ? [bias.binding] : []),
      ...(isWatched ? [OVERFLOW] : []),
    ],
    sizes: SIZES,
    flops: ({ items, inputs, outputs }, layers) =>
      items * strip * 2 * variant.taps * inputs * Math.min(8, outputs) * layers,
    code: () => `${source.code}${target.code}${isBiased ? bias.code : ''}
fn work(item: u32, group: u32) {
  let layer = size.layer + group;
  let z = (item % size.strips) * ${strip}u;
  let line = item / size.strips + size.firstLine;
  let y = line % size.madeY;
  let x = (line / size.madeY) % size.madeX;
  let volume = line / (size.madeY * size.madeX);
  // Unsigned on purpose: one before the first is far beyond the last.
  let begin = z * ${stride}u / ${dilation}u + ${reads.first >>> 0}u;
  ${each(reads.count, (i) => `let in${i} = begin + ${i}u < size.readZ;`)}
  ${each(halves, (half) => `let b${half} = ${isBiased ? `bias_load(0u, layer * 2u + ${half}u)` : 'vec4<f32>()'};`)}
  ${positions((position) => each(halves, (half) => `var ${sum(position, half)} = b${half};`))}
  let tapStep = ${single ? '2u' : 'size.inputQuads * 8u'};
  let slice = ${isUniform ? '0u' : `layer * size.rows * ${window}u * tapStep`};
  for (var row = 0u; row < size.rows; row++) {
    ${read('X', 'x', 'row / size.windowY')}${read('Y', 'y', 'row % size.windowY')}
    let inside = inX & inY;
    let start = ((volume * size.readX + readX) * size.readY + readY) * size.readZ + begin;
    let quads = ${isDilated ? 'select(0u, size.inputQuads, inside)' : 'size.inputQuads'};
    for (var quad = 0u; quad < quads; quad++) {
      ${each(reads.count, (i) => `let v${i} = select(${zero}, ${load(i)}, inside & in${i});`)}
      let at = slice + row * ${window}u * tapStep + quad * 8u;
      ${products()}
    }
  }
  let first = (line - size.firstLine) * size.madeZ + z;
  let second = layer * 2u + 1u < size.outputQuads;
  ${positions(
    (position) => `if (z + ${position}u < size.madeZ) {
    result_store(first + ${position}u, layer * 2u, ${sum(position, 0)});
    ${halves === 2 ? `if (second) { result_store(first + ${position}u, layer * 2u + 1u, ${sum(position, 1)}); }` : ''}
  }`,
  )}
}`,
  };
}
