/**
 * How a window goes over volumes: the arithmetic that a convolution, its two gradients and the
 * transposed convolution share. Axes are X, Y, Z; an image is a volume of one plane, whose first
 * axis has window 1.
 *
 * Output voxel o reads input voxel o * stride + tap - pad. The gradient of the input goes the other
 * way: it is a convolution with stride 1 of the output's gradient whose voxels stand `stride` apart
 * (`dilation`), with the filter mirrored, and `window - 1 - pad` zeros in front. A transposed
 * convolution is that same thing, forward (Dumoulin and Visin 2016, "A guide to convolution
 * arithmetic for deep learning", section 4).
 */
import { CapsuleError } from '../../core/errors.ts';
import { inThree, type PerAxis, type Three } from './axes.ts';

/** A convolution from `input` to `output`. */
export interface ConvolutionGeometry {
  readonly window: Three;
  readonly stride: Three;
  /** Zeros in FRONT of each axis; those behind follow from the lengths. */
  readonly pad: Three;
  /** Voxels along each axis. */
  readonly input: Three;
  readonly output: Three;
}

export interface WindowOptions {
  readonly stride?: PerAxis;
  /** Zeros on both sides of each axis, as PyTorch's `padding`. */
  readonly padding?: PerAxis;
  /** Zeros behind each axis where they differ from those in front. */
  readonly paddingBack?: PerAxis;
}

/**
 * @param input - lengths of two or three spatial axes
 * @param window - as many
 * @throws CapsuleError NETWORK_INPUT where the window does not fit
 */
export function geometryOf(
  input: readonly number[],
  window: readonly number[],
  { stride = 1, padding = 0, paddingBack = padding }: WindowOptions = {},
): ConvolutionGeometry {
  const lengths = inThree(input, 1);
  const taps = inThree(window, 1);
  const steps = inThree(perAxis(stride, window.length), 1);
  const front = inThree(perAxis(padding, window.length), 0);
  const back = inThree(perAxis(paddingBack, window.length), 0);
  const output = each((axis) =>
    Math.floor((lengths[axis] + front[axis] + back[axis] - taps[axis]) / steps[axis] + 1),
  );
  if (output.some((length) => length < 1)) {
    throw new CapsuleError('NETWORK_INPUT', {
      expected: `axes of at least ${window.join(' x ')} voxels with their padding`,
      found: input.join(' x '),
    });
  }
  return { window: taps, stride: steps, pad: front, input: lengths, output };
}

/**
 * Padded so that the output is as large as the input, as the blocks of ClinicaDL's networks are:
 * window 3 with padding 1, window 1 without.
 * @param shape - `[batch, X, Y, Z, ...]`
 * @param window - odd along each axis
 */
export function sameGeometryOf(
  shape: readonly number[],
  window: readonly number[],
): ConvolutionGeometry {
  const padding = window.map((taps) => (taps - 1) / 2);
  return geometryOf(shape.slice(1, 4), window, { padding });
}

/**
 * The convolution that a transposed one is the gradient of: its `output` is what goes in here.
 * @param small - lengths of what goes in
 * @param outputPadding - voxels added behind, as PyTorch's `output_padding`
 */
export function transposedGeometryOf(
  small: readonly number[],
  window: readonly number[],
  { stride = 1, padding = 0, paddingBack = padding }: WindowOptions = {},
  outputPadding: PerAxis = 0,
): ConvolutionGeometry {
  const rank = window.length;
  const [steps, front] = [perAxis(stride, rank), perAxis(padding, rank)];
  const [back, more] = [perAxis(paddingBack, rank), perAxis(outputPadding, rank)];
  const large = small.map(
    (length, axis) =>
      (length - 1) * (steps[axis] ?? 1) -
      (front[axis] ?? 0) -
      (back[axis] ?? 0) +
      (window[axis] ?? 1) +
      (more[axis] ?? 0),
  );
  if (large.some((length) => length < 1)) {
    throw new CapsuleError('NETWORK_INPUT', {
      expected: 'an output of at least one voxel along each axis',
      found: large.join(' x '),
    });
  }
  return {
    ...{ window: inThree(window, 1), stride: inThree(steps, 1), pad: inThree(front, 0) },
    ...{ input: inThree(large, 1), output: inThree(small, 1) },
  };
}

/** What a thread of the convolution kernel does along each axis. */
export interface Walk {
  readonly window: Three;
  readonly stride: Three;
  /** Voxels of the lattice between two that are read. */
  readonly dilation: Three;
  /** Zeros in front; fewer than none where the window begins inside. */
  readonly pad: Three;
  /** Lengths of what is read, and of what is made. */
  readonly read: Three;
  readonly made: Three;
}

export function forwardWalk({ window, stride, pad, input, output }: ConvolutionGeometry): Walk {
  return { window, stride, pad, dilation: [1, 1, 1], read: input, made: output };
}

/** From the gradient of the output to that of the input; the filter is mirrored. */
export function backwardWalk({ window, stride, pad, input, output }: ConvolutionGeometry): Walk {
  return {
    ...{ window, stride: [1, 1, 1], dilation: stride, read: output, made: input },
    pad: each((axis) => window[axis] - 1 - pad[axis]),
  };
}

function perAxis(value: PerAxis, rank: number): readonly number[] {
  return typeof value === 'number' ? new Array<number>(rank).fill(value) : value;
}

function each(of: (axis: 0 | 1 | 2) => number): Three {
  return [of(0), of(1), of(2)];
}
