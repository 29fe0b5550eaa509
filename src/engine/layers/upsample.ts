/** PyTorch's `Upsample` by a whole factor: nearest voxel, or linear along each axis. */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { kernelsInUse } from '../kernels/choice.ts';
import { resample } from '../kernels/resample.ts';
import { mapMemory, type Layer } from './layer.ts';
import { aroundAxis, repeatSpatial } from './plain.ts';

/**
 * @param inputShape - `[...spatial, channels]`
 * @param mode - `linear` is PyTorch's bilinear or trilinear, corners not aligned
 */
export function upsample(
  inputShape: readonly number[],
  factor: number,
  mode: 'nearest' | 'linear',
): Layer {
  const rank = inputShape.length - 1;
  const spatial = inputShape.slice(0, rank);
  const outputShape = [...spatial.map((length) => length * factor), inputShape[rank] as number];
  const name = mode === 'nearest' ? mode : rank === 3 ? 'trilinear' : 'bilinear';
  return {
    kind: 'Upsample',
    lines: [`Upsample(scale_factor=${factor.toFixed(1)}, mode='${name}')`],
    ...{ states: [], outputShape },
    forward(input) {
      if (kernelsInUse()) return resample(input, [input.shape[0] ?? 1, ...outputShape], { mode });
      if (mode === 'nearest')
        return repeatSpatial(
          input,
          spatial.map(() => factor),
        );
      return spatial.reduce<Tensor>(
        (result, _length, axis) => interpolateAxis(result, axis + 1, factor),
        input,
      );
    },
    toOnnx(graph, input) {
      const scales = graph.floats([1, 1, ...spatial.map(() => factor)]);
      // The region of interest, which these modes do not have, is left empty.
      return graph.node('Resize', [input, '', scales], RESIZING[mode]);
    },
    memory: (batch) => mapMemory(outputShape, batch),
  };
}

/** How ONNX says that voxel `n` comes from `floor(n / factor)`, and that corners are not aligned. */
const RESIZING = {
  nearest: {
    ...{ mode: 'nearest', nearest_mode: 'floor' },
    coordinate_transformation_mode: 'asymmetric',
  },
  linear: { mode: 'linear', coordinate_transformation_mode: 'half_pixel' },
};

/**
 * Each voxel becomes `factor` of them, between the one before and the next; at the ends there is
 * nothing beyond, and the last voxel is repeated.
 */
function interpolateAxis(tensor: Tensor, axis: number, factor: number): Tensor {
  const view = aroundAxis(tensor, axis);
  const [before, length, behind] = view.shape;
  const part = (from: number, count: number) => tf.slice(view, [0, from, 0], [-1, count, -1]);
  const previous = tf.concat([part(0, 1), part(0, length - 1)], 1);
  const next = tf.concat([part(1, length - 1), part(length - 1, 1)], 1);
  const phases = Array.from({ length: factor }, (_, phase) => {
    const distance = (phase + 0.5) / factor - 0.5;
    const share = Math.abs(distance);
    const neighbour = tf.mul(distance < 0 ? previous : next, tf.scalar(share));
    const mixed = tf.add(tf.mul(view, tf.scalar(1 - share)), neighbour);
    return tf.reshape(mixed, [before * length, 1, behind]);
  });
  const { shape } = tensor;
  const finer = [...shape.slice(0, axis), length * factor, ...shape.slice(axis + 1)];
  return tf.reshape(tf.concat(phases, 1), finer);
}
