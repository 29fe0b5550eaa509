/**
 * How numbers stand in storage buffers, and the only place that knows: kernels compute in f32 on
 * quads of four channels and say `x_load(row, quad)` and `x_store(row, quad, value)`. Another
 * element type (half precision) is another case here. Three layouts of rows of channels:
 * - quads: the number of channels is a multiple of four, possibly by padding with zeros;
 * - single: one channel, the first of a quad whose others are zero;
 * - ragged: any other number; what a quad has beyond the last channel is zero and not written.
 */
import type { Binding } from './kernel.ts';

export type Layout = 'quads' | 'single' | 'ragged';

export interface Rows {
  readonly binding: Binding;
  /** WGSL of the load and store functions. */
  readonly code: string;
}

export function layoutOf(channels: number): Layout {
  if (channels === 1) return 'single';
  return channels % 4 === 0 ? 'quads' : 'ragged';
}

export function quadsOf(channels: number): number {
  return Math.ceil(channels / 4);
}

/** A buffer of single numbers. */
export function numbers(name: string, access: Binding['access'] = 'read'): Binding {
  return { name, type: 'array<f32>', access };
}

/** A buffer of vec4<f32> that is indexed directly, such as a packed filter. */
export function vectors(name: string, access: Binding['access'] = 'read'): Binding {
  return { name, type: 'array<vec4<f32>>', access };
}

/**
 * @param channels - WGSL expression of the number of channels in a row
 * @param quads - WGSL expression of the number of quads in a row
 */
export function rows(
  name: string,
  layout: Layout,
  channels: string,
  quads: string,
  access: Binding['access'] = 'read',
): Rows {
  const load = `fn ${name}_load(row: u32, quad: u32) -> vec4<f32>`;
  const store = `fn ${name}_store(row: u32, quad: u32, value: vec4<f32>)`;
  const writes = access === 'read_write';
  if (layout === 'quads') {
    return {
      binding: vectors(name, access),
      code: `
${load} { return ${name}[row * ${quads} + quad]; }
${writes ? `${store} { ${name}[row * ${quads} + quad] = value; }` : ''}`,
    };
  }
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
