/**
 * How numbers stand in storage buffers, and the only place that knows: kernels compute in f32 on
 * quads of four channels and say `x_load(row, quad)` and `x_store(row, quad, value)`.
 *
 * Elements: `f32`; `f16`, halves of WGSL's own type, where the device has `shader-f16`; `packed`,
 * two halves in a u32 through `pack2x16float`, which every device has. Both halves have the same
 * bytes, so that a tensor may be written as one and read as the other.
 *
 * Three layouts of rows of channels:
 * - quads: the number of channels is a multiple of four, possibly by padding with zeros;
 * - single: one channel, the first of a quad whose others are zero (f32 only);
 * - ragged: any other number; what a quad has beyond the last channel is zero and not written (f32
 *   only).
 */
import type { Binding } from './kernel.ts';

export type Layout = 'quads' | 'single' | 'ragged';
export type Element = 'f32' | 'f16' | 'packed';

export interface Rows {
  readonly binding: Binding;
  /** WGSL of the load and store functions. */
  readonly code: string;
}

/** Largest finite half: what is larger is stored as this, so that one voxel cannot end a run. */
const LARGEST_HALF = '65504.0';

export function layoutOf(channels: number): Layout {
  if (channels === 1) return 'single';
  return channels % 4 === 0 ? 'quads' : 'ragged';
}

export function quadsOf(channels: number): number {
  return Math.ceil(channels / 4);
}

export function bytesOf(element: Element): number {
  return element === 'f32' ? 4 : 2;
}

/** A buffer of single numbers. */
export function numbers(name: string, access: Binding['access'] = 'read'): Binding {
  return { name, type: 'array<f32>', access };
}

/** A buffer of vec4<f32> that is indexed directly, such as a packed filter. */
export function vectors(name: string, access: Binding['access'] = 'read'): Binding {
  return { name, type: 'array<vec4<f32>>', access };
}

/** A buffer of any element, read number by number: `x_number(index)`. */
export function numberRows(name: string, element: Element): Rows {
  const type = { f32: 'f32', f16: 'f16', packed: 'u32' }[element];
  const value = {
    f32: `${name}[index]`,
    f16: `f32(${name}[index])`,
    packed: `unpack2x16float(${name}[index >> 1u])[index & 1u]`,
  }[element];
  return {
    binding: { name, type: `array<${type}>`, access: 'read' },
    code: `fn ${name}_number(index: u32) -> f32 { return ${value}; }`,
  };
}

/**
 * @param channels - WGSL expression of the number of channels in a row
 * @param quads - WGSL expression of the number of quads in a row
 * @param watched - tells the buffer `overflow` when a number is too large for a half
 */
export function rows(
  name: string,
  layout: Layout,
  channels: string,
  quads: string,
  access: Binding['access'] = 'read',
  element: Element = 'f32',
  watched = false,
): Rows {
  const load = `fn ${name}_load(row: u32, quad: u32) -> vec4<f32>`;
  const store = `fn ${name}_store(row: u32, quad: u32, value: vec4<f32>)`;
  const writes = access === 'read_write';
  if (layout === 'quads') {
    const at = `${name}[row * ${quads} + quad]`;
    return {
      binding: { name, type: `array<${QUAD[element]}>`, access },
      code: `
${load} { ${LOAD[element](at)} }
${writes ? `${store} { ${watched ? TELL : ''}${at} = ${STORED[element]}; }` : ''}`,
    };
  }
  if (element !== 'f32') throw new RangeError(`${name}: halves stand in whole quads`);
  if (layout === 'single') {
    return {
      binding: numbers(name, access),
      code: `
${load} { return vec4<f32>(${name}[row], 0.0, 0.0, 0.0); }
${writes ? `${store} { ${name}[row] = value.x; }` : ''}`,
    };
  }
  const rest = [1, 2, 3];
  return {
    binding: numbers(name, access),
    code: `
${load} {
  let first = row * ${channels} + quad * 4u;
  let left = ${channels} - quad * 4u;
  return vec4<f32>(${name}[first], ${rest.map((i) => `select(0.0, ${name}[first + ${i}u], left > ${i}u)`).join(', ')});
}
${
  writes
    ? `${store} {
  let first = row * ${channels} + quad * 4u;
  let left = ${channels} - quad * 4u;
  ${name}[first] = value.x;
  ${rest.map((i) => `if (left > ${i}u) { ${name}[first + ${i}u] = value[${i}]; }`).join('\n  ')}
}`
    : ''
}`,
  };
}

const QUAD = { f32: 'vec4<f32>', f16: 'vec4<f16>', packed: 'vec2<u32>' } as const;

const LOAD: Readonly<Record<Element, (at: string) => string>> = {
  f32: (at) => `return ${at};`,
  f16: (at) => `return vec4<f32>(${at});`,
  packed: (at) =>
    `let two = ${at}; return vec4<f32>(unpack2x16float(two.x), unpack2x16float(two.y));`,
};

/** One flag for all: an atomic, since many threads may raise it, and it only ever becomes 1. */
export const OVERFLOW: Binding = {
  name: 'overflow',
  type: 'array<atomic<u32>>',
  access: 'read_write',
};

const TELL = `if (any(abs(value) > vec4<f32>(${LARGEST_HALF}))) { atomicStore(&overflow[0], 1u); } `;
const LIMITED = `clamp(value, vec4<f32>(-${LARGEST_HALF}), vec4<f32>(${LARGEST_HALF}))`;
const STORED: Readonly<Record<Element, string>> = {
  f32: 'value',
  f16: `vec4<f16>(${LIMITED})`,
  packed: `vec2<u32>(pack2x16float(${LIMITED}.xy), pack2x16float(${LIMITED}.zw))`,
};
