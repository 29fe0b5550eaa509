/** Transforms that need one voxel of the input for each of the output, and their formulas. */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { termsOf } from '../../core/augmentation/draw.ts';
import type { Values } from '../../core/augmentation/pipeline.ts';
import { packed } from './params.ts';
import { LARGEST, LEAST, statistics } from './statistics.ts';
import type { Geometry } from './transforms.ts';
import { map, mapKernel } from './wgsl.ts';

type Samples = readonly (Values | undefined)[];
const list = (values: Values, key: string) => values[key] as readonly number[];
const rowsOf = (samples: Samples, row: (values: Values) => readonly number[]) =>
  packed(samples.map((values) => values && row(values)));

/** A rectangle on the last two axes becomes a value. */
export function erasing(input: Tensor, { shape, axes }: Geometry, samples: Samples): Tensor {
  const rows = rowsOf(samples, (values) => [
    ...list(values, 'from'),
    ...list(values, 'size'),
    Number(values['value']),
    axes,
  ]);
  return map(ERASING, input, shape, rows);
}

const ERASING = mapKernel(
  'erasing',
  `
    let column = f32(select(z, y, flat_image)) - corner.y;
    let inside = across & (column >= 0.0) & (column < edges.y);
    value = select(old, blank, inside);`,
  {
    setup: `
  let flat_image = params[p + 6u] == 2.0;
  let corner = vec2<f32>(params[p + 1u], params[p + 2u]);
  let edges = vec2<f32>(params[p + 3u], params[p + 4u]);
  let blank = params[p + 5u];
  let row = f32(select(y, x, flat_image)) - corner.x;
  let across = (row >= 0.0) & (row < edges.x);`,
  },
);

/**
 * The exponential of a polynomial of x, y and z, which go from -N / 2 to N / 2 - 1 over N / 2 - 1. For
 * each line along the last axis of the array the polynomial of z is worked out here, and its
 * coefficients are what the device is given.
 */
export function biasField(input: Tensor, { shape, axes }: Geometry, samples: Samples): Tensor {
  const [, X, Y, Z] = shape;
  const most = Math.max(0, ...samples.map((values) => Number(values?.['order'] ?? 0)));
  // Four at least, the order of 1.6.1, for which there is no loop.
  const width = Math.max(4, most + 1);
  const coordinates = [X, Y].map((length) => placesAlong(length));
  const lines = new Float32Array(samples.length * X * Y * width);
  for (const [sample, values] of samples.entries()) {
    if (values === undefined) continue;
    const first = sample * X * Y * width;
    writeLines(lines.subarray(first, first + X * Y * width), coordinates, {
      ...{ width, terms: termsOf(Number(values['order']), axes) },
      coefficients: list(values, 'coefficients'),
    });
  }
  const half = Z / 2;
  const [scale, start] = Z <= 2 ? [0, 0] : [1 / (half - 1), -half / (half - 1)];
  const rows = rowsOf(samples, () => [width, scale, start]);
  return map(BIAS_FIELD, input, shape, rows, tf.tensor1d(lines));
}

interface Polynomial {
  /** Coefficients of z that are written for a line. */
  readonly width: number;
  readonly terms: readonly (readonly [number, number, number])[];
  readonly coefficients: readonly number[];
}

/** Coefficients of the polynomial of z, of each line; by Horner's rule along x, then along y. */
function writeLines(
  lines: Float32Array,
  [alongX = [], alongY = []]: readonly (readonly number[])[],
  { width, terms, coefficients }: Polynomial,
): void {
  const ofPlane = new Float64Array(width * width);
  const ofLine = new Float64Array(width);
  let to = 0;
  for (const x of alongX) {
    ofPlane.fill(0);
    for (let power = width - 1; power >= 0; power--) {
      for (let i = 0; i < ofPlane.length; i++) ofPlane[i] = (ofPlane[i] ?? 0) * x;
      for (const [term, [i, j, k]] of terms.entries()) {
        const at = j * width + k;
        if (i === power) ofPlane[at] = (ofPlane[at] ?? 0) + (coefficients[term] ?? 0);
      }
    }
    for (const y of alongY) {
      ofLine.fill(0);
      for (let j = width - 1; j >= 0; j--) {
        for (let k = 0; k < width; k++) {
          ofLine[k] = (ofLine[k] ?? 0) * y + (ofPlane[j * width + k] ?? 0);
        }
      }
      lines.set(ofLine, to);
      to += width;
    }
  }
}

/** Coordinates of the voxels of an axis; 0 where it has no extent. */
function placesAlong(length: number): number[] {
  const half = length / 2;
  return Array.from({ length }, (_, i) => (length <= 2 ? 0 : (i - half) / (half - 1)));
}

const BIAS_FIELD = mapKernel(
  'bias-field',
  `
    let w = f32(z) * scale + first_place;
    var sum = higher(terms, width, w);
    sum = ((sum * w + t3) * w + t2) * w + t1;
    value = old * exp(sum * w + t0);`,
  {
    extra: true,
    setup: `
  let width = u32(params[p + 1u]);
  let scale = params[p + 2u];
  let first_place = params[p + 3u];
  let terms = ((layer * size.X + u32(x)) * size.Y + u32(y)) * width;
  let t0 = extra[terms];
  let t1 = extra[terms + 1u];
  let t2 = extra[terms + 2u];
  let t3 = extra[terms + 3u];`,
    helpers: `
// Of the fourth order and beyond.
fn higher(terms: u32, width: u32, w: f32) -> f32 {
  var sum = 0.0;
  for (var i = width; i > 4u; i--) { sum = sum * w + extra[terms + i - 1u]; }
  return sum;
}`,
  },
);

/** |x| to the power of gamma, with the sign of x. */
export function gamma(input: Tensor, { shape }: Geometry, samples: Samples): Tensor {
  return map(
    GAMMA,
    input,
    shape,
    rowsOf(samples, (values) => [Number(values['gamma'])]),
  );
}

const GAMMA = mapKernel(
  'gamma',
  'value = select(sign(old) * pow(max(abs(old), 1e-37), params[p + 1u]), 0.0, old == 0.0);',
);

export function clamp(input: Tensor, { shape }: Geometry, samples: Samples): Tensor {
  return map(
    CLAMP,
    input,
    shape,
    rowsOf(samples, (values) => list(values, 'out')),
  );
}

const CLAMP = mapKernel('clamp', 'value = clamp(old, params[p + 1u], params[p + 2u]);');

/** Less the mean, by the standard deviation (of a sample, n - 1); one number stays what it is. */
export function zNormalisation(input: Tensor, { shape }: Geometry, samples: Samples): Tensor {
  const all = statistics(input, shape);
  const first = samples.find((values) => values !== undefined);
  const above = first?.['above_mean'] === true ? all : undefined;
  const centre = above === undefined ? all : statistics(input, shape, { above });
  const spread = statistics(input, shape, { above, centre });
  return map(
    Z_NORM,
    input,
    shape,
    rowsOf(samples, () => []),
    spread,
  );
}

const Z_NORM = mapKernel(
  'z-norm',
  `
    let row = layer * 5u;
    let deviation = sqrt(extra[row + 2u] / max(extra[row + 1u] - 1.0, 1.0));
    value = (old - extra[row] / extra[row + 1u]) / select(1.0, deviation, deviation > 0.0);`,
  { extra: true },
);

/** Least and largest intensity become the ends of an interval. */
export function rescale(input: Tensor, { shape }: Geometry, samples: Samples): Tensor {
  const rows = rowsOf(samples, (values) => list(values, 'out'));
  return map(RESCALE, input, shape, rows, statistics(input, shape));
}

const RESCALE = mapKernel(
  'rescale',
  `
    let row = layer * 5u;
    let least = extra[row + ${LEAST}u];
    let span = extra[row + ${LARGEST}u] - least;
    let share = (old - least) / select(1.0, span, span > 0.0);
    value = params[p + 1u] + clamp(share, 0.0, 1.0) * (params[p + 2u] - params[p + 1u]);`,
  { extra: true },
);

/** Straight lines between percentiles and landmarks; the outermost go on beyond. */
export function standardise(
  input: Tensor,
  { shape }: Geometry,
  samples: Samples,
  percentiles: Tensor,
): Tensor {
  const rows = rowsOf(samples, (values) => {
    const landmarks = list(values, 'landmarks');
    return [landmarks.length, ...landmarks];
  });
  return map(STANDARDISE, input, shape, rows, percentiles);
}

const STANDARDISE = mapKernel(
  'standardise',
  `
    let count = u32(params[p + 1u]);
    let row = layer * count;
    var piece = 0u;
    for (var i = 1u; i + 1u < count; i++) { piece = select(piece, i, old >= extra[row + i]); }
    let low = extra[row + piece];
    let span = extra[row + piece + 1u] - low;
    let start = params[p + 2u + piece];
    let slope = (params[p + 3u + piece] - start) / select(1.0, span, span > 0.0);
    value = start + slope * (old - low);`,
  { extra: true },
);
