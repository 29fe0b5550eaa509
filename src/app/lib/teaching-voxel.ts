/**
 * The sum of one voxel of a convolution, written out: 27 neighbours, 27 weights, their products, the
 * bias, and what batch normalisation and ReLU do with it (Ioffe and Szegedy 2015). Added up here in
 * double precision, so that it can be held against what the network's own layers give.
 */
import type { FirstLayer } from '../../jobs/session-api.ts';

/** One of the 27: where it stands from the voxel, -1 to 1 along each axis. */
export interface Tap {
  readonly at: readonly [number, number, number];
  /** Intensity as the network sees it; 0 beyond the volume. */
  readonly value: number;
  readonly weight: number;
  readonly product: number;
  /** Beyond the border of the volume, where the layer takes 0. */
  readonly isOutside: boolean;
}

/** A number of ours beside the layer's. */
export interface Compared {
  readonly ours: number;
  readonly layer: number;
  readonly agree: boolean;
}

export interface VoxelSum {
  /** The first axis changes slowest, as in the kernel. */
  readonly taps: readonly Tap[];
  readonly products: number;
  readonly bias: number;
  readonly convolution: Compared;
  readonly normalisation: Compared & {
    readonly mean: number;
    readonly variance: number;
    readonly weight: number;
    readonly bias: number;
    readonly epsilon: number;
  };
  readonly rectified: Compared;
}

/** Single precision keeps about seven digits of the largest number in a sum. */
const TOLERANCE = 1e-4;

/**
 * @param x - index along the first axis, and y along the second, in the slice of `layer`
 * @param kernel - from 0
 */
export function voxelSum(layer: FirstLayer, x: number, y: number, kernel: number): VoxelSum {
  const [X, Y, Z] = layer.shape;
  const taps = Array.from({ length: 27 }, (_, tap): Tap => {
    const at = [Math.floor(tap / 9) - 1, (Math.floor(tap / 3) % 3) - 1, (tap % 3) - 1] as const;
    const [i, j, k] = [x + at[0], y + at[1], layer.slice + at[2]];
    const isOutside = i < 0 || j < 0 || k < 0 || i >= X || j >= Y || k >= Z;
    const value = isOutside ? 0 : (layer.input[(i * Y + j) * 3 + at[2] + 1] ?? NaN);
    const weight = layer.kernels[27 * kernel + tap] ?? NaN;
    return { at, value, weight, product: value * weight, isOutside };
  });
  const products = taps.reduce((sum, { product }) => sum + product, 0);
  const bias = layer.biases[kernel] ?? NaN;
  const place = (x * Y + y) * layer.channels + kernel;
  const { norm } = layer;
  const of = (values: Float32Array): number => values[kernel] ?? NaN;
  const [mean, variance] = [of(norm.mean), of(norm.variance)];
  const scale = of(norm.weight) / Math.sqrt(variance + norm.epsilon);
  const sum = products + bias;
  const normalised = (sum - mean) * scale + of(norm.bias);
  // What the sum loses to rounding grows with the numbers in it.
  const size = taps.reduce((most, { product }) => Math.max(most, Math.abs(product)), Math.abs(sum));
  const compared = (ours: number, given: number | undefined, largest: number): Compared => {
    const found = given ?? NaN;
    const agree = Math.abs(ours - found) <= TOLERANCE * Math.max(1, largest);
    return { ours, layer: found, agree };
  };
  const largest = Math.max(size, Math.abs(mean)) * Math.max(1, Math.abs(scale));
  return {
    ...{ taps, products, bias },
    convolution: compared(sum, layer.convolved[place], size),
    normalisation: {
      ...compared(normalised, layer.normalised[place], largest),
      ...{ mean, variance, weight: of(norm.weight), bias: of(norm.bias), epsilon: norm.epsilon },
    },
    rectified: compared(Math.max(0, normalised), layer.rectified[place], largest),
  };
}

/** A slice as greys, and how it is laid out: x to the right, y upwards. */
export interface SlicePicture {
  readonly width: number;
  readonly height: number;
  /** 0 to 255, rows from the top. */
  readonly greys: Uint8ClampedArray;
}

/**
 * @param valueAt - of a voxel
 * @returns greys from the smallest value of the slice to the largest
 */
export function slicePicture(
  { shape: [X, Y] }: Pick<FirstLayer, 'shape'>,
  valueAt: (x: number, y: number) => number,
): SlicePicture {
  const values = Array.from({ length: X * Y }, (_, at) =>
    valueAt(at % X, Y - 1 - Math.floor(at / X)),
  );
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const range = high > low ? high - low : 1;
  const greys = Uint8ClampedArray.from(values, (value) => (255 * (value - low)) / range);
  return { width: X, height: Y, greys };
}

/** @returns the voxel that is brightest beside its neighbours: something to begin with */
export function startVoxel(layer: FirstLayer): { x: number; y: number } {
  const [X, Y] = layer.shape;
  const seen = (x: number, y: number): number => layer.input[(x * Y + y) * 3 + 1] ?? 0;
  let best = { x: Math.floor(X / 2), y: Math.floor(Y / 2) };
  let most = -1;
  // Around the middle, where the brain is.
  for (let x = Math.floor(X / 4); x < (3 * X) / 4; x++) {
    for (let y = Math.floor(Y / 4); y < (3 * Y) / 4; y++) {
      const edge =
        Math.abs(seen(x + 1, y) - seen(x - 1, y)) + Math.abs(seen(x, y + 1) - seen(x, y - 1));
      if (edge > most) [best, most] = [{ x, y }, edge];
    }
  }
  return best;
}
