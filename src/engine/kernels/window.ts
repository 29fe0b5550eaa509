/**
 * Where the windows of pooling lie: window o covers the voxels from o * stride - pad on along each
 * axis, and voxel i is covered by the windows from ceil((i + pad - window + 1) / stride) to
 * floor((i + pad) / stride). Gradients are gathered over those, in order and without atomics. Axes
 * are X, Y, Z; an image `[batch, X, Y, channels]` is a volume of one plane, whose first axis has
 * length, window and stride 1.
 */
import { CapsuleError } from '../../core/errors.ts';
import { inThree, volumeOf, type PerAxis, type Three } from './axes.ts';
import { quadsOf, type Layout, type Rows } from './storage.ts';

export interface WindowOptions {
  /** Voxels of a window. */
  readonly window: PerAxis;
  /** Voxels from one window to the next; as many as a window has when absent, as in PyTorch. */
  readonly stride?: PerAxis;
  /** Voxels padded in front, fewer than a window has; none when absent. */
  readonly padFront?: PerAxis;
  /** Voxels padded at the back, fewer than a window has; none when absent. */
  readonly padBack?: PerAxis;
}

export interface WindowGeometry {
  readonly window: Three;
  readonly stride: Three;
  /** In front. */
  readonly pad: Three;
  /** Voxels along each axis. */
  readonly input: Three;
  readonly output: Three;
  /** Pieces of the input that begin where windows do, `stride` voxels long. */
  readonly cells: Three;
  readonly channels: number;
  /** How many windows and how many cells there are in the batch. */
  readonly windows: number;
  readonly pieces: number;
  /** `[batch, ...spatial, channels]`, of the rank of the input. */
  readonly outputShape: number[];
}

/**
 * @param shape - `[batch, X, Y, Z, channels]` or `[batch, X, Y, channels]`
 * @throws CapsuleError NETWORK_INPUT where an axis is too short for one window
 */
export function windowGeometry(shape: readonly number[], options: WindowOptions): WindowGeometry {
  const spatial = spatialOf(shape);
  const by = (value: PerAxis, missing: number) => {
    const values = typeof value === 'number' ? spatial.map(() => value) : value;
    if (values.length !== spatial.length) {
      throw new RangeError(`windows of ${values.length} axes on ${spatial.length}`);
    }
    return inThree(values, missing);
  };
  const { window: taps, padFront = 0, padBack = 0 } = options;
  const [input, window, stride] = [by(spatial, 1), by(taps, 1), by(options.stride ?? taps, 1)];
  const [pad, behind] = [by(padFront, 0), by(padBack, 0)];
  const each = (of: (axis: 0 | 1 | 2) => number): Three => [of(0), of(1), of(2)];
  // Otherwise a window might have padding only.
  if (
    [0, 1, 2].some((axis) => Math.max(pad[axis] ?? 0, behind[axis] ?? 0) >= (window[axis] ?? 0))
  ) {
    throw new RangeError('as many voxels are padded as a window has');
  }
  const output = each((axis) =>
    Math.floor((input[axis] + pad[axis] + behind[axis] - window[axis]) / stride[axis] + 1),
  );
  if (output.some((length) => length < 1)) {
    throw new CapsuleError('NETWORK_INPUT', {
      expected: `axes of at least ${window.join(' x ')} voxels with their padding`,
      found: spatial.join(' x '),
    });
  }
  const cells = each((axis) => Math.ceil((input[axis] + pad[axis]) / stride[axis]));
  const [batch = 1, channels = 1] = [shape[0], shape.at(-1)];
  return {
    ...{ window, stride, pad, input, output, cells, channels },
    ...{ windows: batch * volumeOf(output), pieces: batch * volumeOf(cells) },
    outputShape: [batch, ...output.slice(3 - spatial.length), channels],
  };
}

/** @returns lengths of the two or three spatial axes */
export function spatialOf(shape: readonly number[]): number[] {
  if (shape.length !== 4 && shape.length !== 5) {
    throw new RangeError(`[${shape.join(', ')}] is neither images nor volumes`);
  }
  return shape.slice(1, -1);
}

const AXES = ['X', 'Y', 'Z'] as const;
const PARTS = ['input', 'output', 'window', 'stride', 'pad', 'cells'] as const;
type Part = (typeof PARTS)[number];
export type WindowSize = `${Part}${(typeof AXES)[number]}` | 'channels' | 'quads';

/** Members of the uniform that the code below reads. */
export const WINDOW_SIZES: readonly WindowSize[] = [
  ...PARTS.flatMap((part) => AXES.map((axis) => `${part}${axis}` as const)),
  ...(['channels', 'quads'] as const),
];

export function windowSizes(geometry: WindowGeometry): Readonly<Record<WindowSize, number>> {
  const { channels } = geometry;
  const lengths = PARTS.flatMap((part) =>
    AXES.map((axis, index) => [`${part}${axis}`, geometry[part][index]]),
  );
  return { ...Object.fromEntries(lengths), channels, quads: quadsOf(channels) };
}

/** Voxels of a window. */
export function tapsOf(sizes: Readonly<Record<WindowSize, number>>): number {
  return sizes.windowX * sizes.windowY * sizes.windowZ;
}

/** WGSL of three members of the uniform as a vector: `three('input')`. */
export function three(part: string): string {
  return `vec3<u32>(${AXES.map((axis) => `size.${part}${axis}`).join(', ')})`;
}

/** Batch, x, y and z of a row of `[batch, ...lengths]`, and back. */
export const PLACE_CODE = `
fn place_of(row: u32, lengths: vec3<u32>) -> vec4<u32> {
  let line = row / lengths.z;
  let plane = line / lengths.y;
  let batch = plane / lengths.x;
  return vec4<u32>(
    batch, plane - batch * lengths.x, line - plane * lengths.y, row - line * lengths.z,
  );
}
fn row_of(batch: u32, place: vec3<u32>, lengths: vec3<u32>) -> u32 {
  return ((batch * lengths.x + place.x) * lengths.y + place.y) * lengths.z + place.z;
}`;

/**
 * Work of a gradient's thread: the voxels between the beginnings of two windows, for four channels.
 * A voxel's windows then follow by subtraction, where software drivers take long to divide. The
 * kernel has `term(quad, voxel, row, window)`, what a window, a row of the output, adds to a voxel,
 * counted in its volume, and `result_store`.
 */
export const GATHER_CODE = `
fn work(item: u32, layer: u32) {
  let quad = item % size.quads;
  let lengths = ${three('input')};
  let windows = ${three('output')};
  let stride = ${three('stride')};
  let cell = place_of(item / size.quads, ${three('cells')});
  let base = row_of(cell.x, vec3<u32>(), lengths);
  let first = cell.yzw * stride - ${three('pad')};
  for (var i = 0u; i < stride.x; i++) {
    for (var j = 0u; j < stride.y; j++) {
      for (var k = 0u; k < stride.z; k++) {
        let place = first + vec3<u32>(i, j, k);
        let voxel = row_of(0u, place, lengths);
        var sum = vec4<f32>();
        var window = cell.yzw;
        for (var x = i; x < size.windowX; x += stride.x) {
          window.y = cell.z;
          for (var y = j; y < size.windowY; y += stride.y) {
            window.z = cell.w;
            for (var z = k; z < size.windowZ; z += stride.z) {
              // Unsigned on purpose: one before the first is far beyond the last.
              let there = all(window < windows);
              let row = row_of(cell.x, window, windows);
              sum += select(vec4<f32>(), term(quad, voxel, row, window), there);
              window.z -= 1u;
            }
            window.y -= 1u;
          }
          window.x -= 1u;
        }
        if (all(place < lengths)) { result_store(base + voxel, quad, sum); }
      }
    }
  }
}`;

/** As `rows` in storage.ts, of int32: one number a channel. */
export function indexRows(name: string, layout: Layout, access: 'read' | 'read_write'): Rows {
  const load = `fn ${name}_load(row: u32, quad: u32) -> vec4<i32>`;
  const store = `fn ${name}_store(row: u32, quad: u32, value: vec4<i32>)`;
  const all = [0, 1, 2, 3];
  const code = {
    quads: {
      load: `return ${name}[row * size.quads + quad];`,
      store: `${name}[row * size.quads + quad] = value;`,
    },
    single: {
      load: `return vec4<i32>(${name}[row]);`,
      store: `${name}[row] = value.x;`,
    },
    ragged: {
      // What a quad has beyond the last channel is read from anywhere, and not used.
      load: `let first = row * size.channels + quad * 4u;
  return vec4<i32>(${all.map((i) => `${name}[first + ${i}u]`).join(', ')});`,
      store: `let first = row * size.channels + quad * 4u;
  let left = size.channels - quad * 4u;
  ${all.map((i) => `if (left > ${i}u) { ${name}[first + ${i}u] = value[${i}]; }`).join('\n  ')}`,
    },
  }[layout];
  return {
    binding: { name, type: `array<${layout === 'quads' ? 'vec4<i32>' : 'i32'}>`, access },
    code: `
${load} { ${code.load} }
${access === 'read_write' ? `${store} { ${code.store} }` : ''}`,
  };
}
