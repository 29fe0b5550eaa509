/**
 * A block of convolution, batch normalisation, ReLU and PadMaxPool by its definition, in float64
 * and as slow as it is plain: what the kernels are held against. Volumes are
 * `[batch, X, Y, Z, channels]`, filters `[3, 3, 3, inputs, outputs]`.
 */
export type Shape = readonly [batch: number, x: number, y: number, z: number, channels: number];

export interface BlockState {
  readonly weight: Float64Array;
  readonly bias: Float64Array;
  readonly gamma: Float64Array;
  readonly beta: Float64Array;
  readonly runningMean: Float64Array;
  readonly runningVariance: Float64Array;
}

/** Calls back for each product of a convolution: indices of output, filter and input. */
function products(
  [batch, X, Y, Z, inputs]: Shape,
  outputs: number,
  add: (output: number, filter: number, input: number) => void,
): void {
  for (let b = 0; b < batch; b++)
    for (let x = 0; x < X; x++)
      for (let y = 0; y < Y; y++)
        for (let z = 0; z < Z; z++)
          for (let tap = 0; tap < 27; tap++) {
            const u = x + Math.floor(tap / 9) - 1;
            const v = y + (Math.floor(tap / 3) % 3) - 1;
            const w = z + (tap % 3) - 1;
            if (u < 0 || v < 0 || w < 0 || u >= X || v >= Y || w >= Z) continue;
            const here = ((b * X + x) * Y + y) * Z + z;
            const there = ((b * X + u) * Y + v) * Z + w;
            for (let i = 0; i < inputs; i++)
              for (let o = 0; o < outputs; o++)
                add(here * outputs + o, (tap * inputs + i) * outputs + o, there * inputs + i);
          }
}

/** A number that is there. */
export function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? NaN;
}

function add(values: Float64Array, index: number, amount: number): void {
  values[index] = at(values, index) + amount;
}

function voxels([batch, x, y, z]: Shape): number {
  return batch * x * y * z;
}

export function convolution(input: Float64Array, filter: Float64Array, shape: Shape) {
  const outputs = filter.length / 27 / shape[4];
  const result = new Float64Array(voxels(shape) * outputs);
  products(shape, outputs, (o, f, i) => add(result, o, at(filter, f) * at(input, i)));
  return result;
}

/** Both gradients of a convolution, given that of its output. */
export function convolutionGradients(
  input: Float64Array,
  filter: Float64Array,
  gradient: Float64Array,
  shape: Shape,
) {
  const ofInput = new Float64Array(input.length);
  const ofFilter = new Float64Array(filter.length);
  products(shape, filter.length / 27 / shape[4], (o, f, i) => {
    add(ofInput, i, at(filter, f) * at(gradient, o));
    add(ofFilter, f, at(input, i) * at(gradient, o));
  });
  return { ofInput, ofFilter };
}

/** Mean and biased variance of each channel. */
export function moments(values: Float64Array, channels: number) {
  const count = values.length / channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  values.forEach((value, i) => add(mean, i % channels, value / count));
  values.forEach((value, i) =>
    add(variance, i % channels, (value - at(mean, i % channels)) ** 2 / count),
  );
  return { mean, variance };
}

/** The block's output, and the statistics of the batch. */
export function block(input: Float64Array, state: BlockState, shape: Shape, training: boolean) {
  const channels = state.bias.length;
  const values = convolution(input, state.weight, shape).map(
    (v, i) => v + at(state.bias, i % channels),
  );
  const batch = moments(values, channels);
  const { mean, variance } = training
    ? batch
    : { mean: state.runningMean, variance: state.runningVariance };
  const active = values.map((value, i) => {
    const c = i % channels;
    const normal = (value - at(mean, c)) / Math.sqrt(at(variance, c) + 1e-5);
    return Math.max(0, normal * at(state.gamma, c) + at(state.beta, c));
  });
  const [count, X, Y, Z] = shape;
  const [P, Q, R] = [X, Y, Z].map((length) => Math.ceil(length / 2)) as [number, number, number];
  const output = new Float64Array(count * P * Q * R * channels);
  active.forEach((value, i) => {
    const voxel = Math.floor(i / channels);
    const half = (where: number, length: number) => (where + (length % 2)) >> 1;
    const r = half(voxel % Z, Z);
    const q = half(Math.floor(voxel / Z) % Y, Y);
    const p = half(Math.floor(voxel / (Z * Y)) % X, X);
    const b = Math.floor(voxel / (Z * Y * X));
    const place = (((b * P + p) * Q + q) * R + r) * channels + (i % channels);
    output[place] = Math.max(at(output, place), value);
  });
  return { output, ...batch };
}

/** Norm of the difference relative to the norm of what is expected. */
export function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += ((found[i] ?? NaN) - at(expected, i)) ** 2;
    size += at(expected, i) ** 2;
  }
  return Math.sqrt(difference / size);
}
