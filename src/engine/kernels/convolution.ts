/**
 * Convolution with kernel 3, stride 1 and padding 1 of volumes `[batch, X, Y, Z, channels]`, by
 * direct summation. A thread makes a strip of neighbours along Z for eight output channels, so that
 * what it reads is used many times: a filter's number for each voxel of the strip, an input's for
 * three taps of eight outputs. No workgroup memory: barriers cost software drivers more than they
 * save, and a GPU's caches hold the overlap. The gradient of the input is the same sum with the filter mirrored and transposed.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { dispatch } from './dispatch.ts';
import { elementOf, overflowFlag, uninitialisedAs } from './half-tensors.ts';
import { each, type Binding, type Kernel } from './kernel.ts';
import { packFilter, UNIFORM_BYTES, uniformSlices } from './pack-filter.ts';
import { wholeOf } from './parts.ts';
import {
  OVERFLOW,
  layoutOf,
  quadsOf,
  rows,
  vectors,
  type Element,
  type Layout,
} from './storage.ts';

/** Voxels along Z that a thread computes: four where an axis has no more. */
type Strip = 4 | 8;
const SIZES = [
  ...['items', 'strips', 'firstLine', 'lengthX', 'lengthY', 'lengthZ'],
  ...['inputs', 'inputQuads', 'outputs', 'outputQuads', 'layer'],
] as const;

/**
 * @param input - `[batch, X, Y, Z, inputs]`
 * @param filter - `[3, 3, 3, inputs, outputs]`
 * @param part - which voxels of the convolution are made
 * @param element - of the result
 * @returns `[voxels, outputs padded to a multiple of four]`, without bias
 */
export function convolve(
  input: Tensor,
  filter: Tensor,
  part = wholeOf(input.shape),
  element: Element = 'f32',
): Tensor {
  const [, , , inputs = 1, outputs = 1] = filter.shape;
  const [volumes = 1, planes = 1, lengthY = 1, lengthZ = 1] = part.shape;
  const lines = volumes * planes * lengthY;
  const output = uninitialisedAs(element, [lines * lengthZ, 4 * quadsOf(outputs)]);
  const packed = packFilter(filter, false);
  const { firstLine } = part;
  const chosen = [layoutOf(inputs), 'quads'] as const;
  run(chosen, input.shape, { firstLine, lines }, [input, packed, output], inputs, outputs);
  if (packed !== filter) packed.dispose();
  return output;
}

/**
 * The gradient of `convolve` with respect to its input.
 * @param gradient - of the output, as `convolve` returns it: padded to quads
 * @param shape - `[batch, X, Y, Z, inputs]`
 * @param element - of the result
 */
export function inputGradient(
  gradient: Tensor,
  filter: Tensor,
  shape: readonly number[],
  element: Element = 'f32',
): Tensor {
  const [, , , inputs = 1, outputs = 1] = filter.shape;
  const result = uninitialisedAs(element, [...shape]);
  const packed = packFilter(filter, true);
  const [batch = 1, lengthX = 1, lengthY = 1] = shape;
  const lines = { firstLine: 0, lines: batch * lengthX * lengthY };
  const chosen = ['quads', layoutOf(inputs)] as const;
  const tensors = [gradient, packed, result];
  if (element !== 'f32') tensors.push(overflowFlag());
  run(chosen, shape, lines, tensors, outputs, inputs);
  packed.dispose();
  return result;
}

function run(
  [input, output]: readonly [input: Layout, output: Layout],
  [, lengthX = 1, lengthY = 1, lengthZ = 1]: readonly number[],
  { firstLine, lines }: { firstLine: number; lines: number },
  tensors: readonly Tensor[],
  inputs: number,
  outputs: number,
): void {
  const strip = lengthZ > 4 ? 8 : 4;
  const strips = Math.ceil(lengthZ / strip);
  const layers = Math.ceil(outputs / 8);
  const sizes = {
    ...{ items: lines * strips, strips, firstLine, lengthX, lengthY, lengthZ },
    ...{ inputs, inputQuads: quadsOf(inputs), outputs, outputQuads: quadsOf(outputs), layer: 0 },
  };
  const [source, packed, result, ...rest] = tensors as [Tensor, Tensor, Tensor, ...Tensor[]];
  const slices = uniformSlices(packed, layers);
  const stored = [
    [input, elementOf(source)],
    [output, elementOf(result)],
  ] as const;
  const chosen = kernel(...stored, strip, rest.length > 0, slices !== undefined);
  if (slices === undefined) dispatch(chosen, tensors, sizes, layers);
  for (const [layer, slice] of slices?.entries() ?? []) {
    dispatch(chosen, [source, slice, result, ...rest], { ...sizes, layer });
  }
}

type Stored = readonly [Layout, Element];

const UNIFORM_FILTERS: Binding = {
  name: 'filters',
  type: `array<vec4<f32>, ${UNIFORM_BYTES / 16}>`,
  access: 'uniform',
};

function kernel(
  [input, inputElement]: Stored,
  [output, outputElement]: Stored,
  strip: Strip,
  isWatched: boolean,
  isUniform: boolean,
): Kernel<(typeof SIZES)[number]> {
  // One channel is read number by number; one output needs no second quad.
  const single = input === 'single';
  const halves = output === 'single' ? 1 : 2;
  const source = rows('source', input, 'size.inputs', 'size.inputQuads', 'read', inputElement);
  const [channels, quads] = ['size.outputs', 'size.outputQuads'];
  const target = rows('result', output, channels, quads, 'read_write', outputElement, isWatched);
  const sum = (position: number, half: number) => `s${position}${half}`;
  const positions = (line: (position: number) => string) => each(strip, line);
  // 3 taps along Z times the channels of a quad; the value of tap t at position p is v(p + t).
  const products = () =>
    each(3, (tap) =>
      each(
        single ? 1 : 4,
        (channel) => `
      let p${tap}${channel} = at + ${tap}u * tapStep + ${2 * channel}u;
      ${each(halves, (half) => `let f${tap}${channel}${half} = filters[p${tap}${channel} + ${half}u];`)}
      ${positions((position) =>
        each(halves, (half) => {
          const value = `v${position + tap}${single ? '' : `[${channel}]`}`;
          return `${sum(position, half)} += ${value} * f${tap}${channel}${half};`;
        }),
      )}`,
      ),
    );
  const zero = single ? '0.0' : 'vec4<f32>()';
  const load = (index: number) =>
    single ? `source[start + ${index}u]` : `source_load(start + ${index}u, quad)`;
  return {
    key: `convolution-${input}-${inputElement}-${output}-${outputElement}-${strip}${isWatched ? '-watched' : ''}${isUniform ? '-uniform' : ''}`,
    repeatable: true,
    bindings: [
      ...[source.binding, isUniform ? UNIFORM_FILTERS : vectors('filters'), target.binding],
      ...(isWatched ? [OVERFLOW] : []),
    ],
    sizes: SIZES,
    flops: ({ items, inputs, outputs }, layers) =>
      items * strip * 54 * inputs * Math.min(8, outputs) * layers,
    code: () => `${source.code}${target.code}
fn work(item: u32, group: u32) {
  let layer = size.layer + group;
  let z = (item % size.strips) * ${strip}u;
  let line = item / size.strips + size.firstLine;
  let y = line % size.lengthY;
  let x = (line / size.lengthY) % size.lengthX;
  // Unsigned on purpose: one before the first is far beyond the last.
  ${each(strip + 2, (i) => `let in${i} = z + ${i}u - 1u < size.lengthZ;`)}
  ${positions((position) => each(halves, (half) => `var ${sum(position, half)} = vec4<f32>();`))}
  let tapStep = ${single ? '2u' : 'size.inputQuads * 8u'};
  let slice = ${isUniform ? '0u' : 'layer * 27u * tapStep'};
  for (var row = 0u; row < 9u; row++) {
    let inside = (x + row / 3u - 1u < size.lengthX) & (y + row % 3u - 1u < size.lengthY);
    let start = (line + row / 3u * size.lengthY + row % 3u - size.lengthY - 1u) * size.lengthZ + z - 1u;
    for (var quad = 0u; quad < size.inputQuads; quad++) {
      ${each(strip + 2, (i) => `let v${i} = select(${zero}, ${load(i)}, inside & in${i});`)}
      let at = slice + row * 3u * tapStep + quad * 8u;
      ${products()}
    }
  }
  let first = (line - size.firstLine) * size.lengthZ + z;
  let second = layer * 2u + 1u < size.outputQuads;
  ${positions(
    (position) => `if (z + ${position}u < size.lengthZ) {
    result_store(first + ${position}u, layer * 2u, ${sum(position, 0)});
    ${halves === 2 ? `if (second) { result_store(first + ${position}u, layer * 2u + 1u, ${sum(position, 1)}); }` : ''}
  }`,
  )}
}`,
  };
}
