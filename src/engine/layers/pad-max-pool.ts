/**
 * ClinicaDL's PadMaxPool(2, 2): pads each spatial axis with zeros at its BEGINNING to an even
 * length, then takes the maximum of each block of two. tfjs pads 'same' at the end, and cannot pad
 * tensors of rank five on WebGPU: each axis is padded on a view of rank three.
 */
import * as tf from '@tensorflow/tfjs';
import type { Layer } from './layer.ts';

const SIZE = 2;

export function padMaxPool(inputShape: readonly number[]): Layer {
  const rank = inputShape.length - 1;
  const spatial = inputShape.slice(0, rank);
  const pads = spatial.map((length) => (SIZE - (length % SIZE)) % SIZE);
  return {
    kind: `PadMaxPool${rank}d`,
    lines: [
      `PadMaxPool${rank}d(`,
      `  (pool): MaxPool${rank}d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)`,
      `  (pad): ConstantPad${rank}d(padding=(${torchPadding(pads).join(', ')}), value=0)`,
      ')',
    ],
    states: [],
    outputShape: [...spatial.map((length) => Math.ceil(length / SIZE)), inputShape[rank] as number],
    forward(input) {
      const padded = pads.reduce(
        (tensor, count, axis) => (count === 0 ? tensor : padFront(tensor, axis + 1, count)),
        input,
      );
      return rank === 3
        ? tf.maxPool3d(padded as tf.Tensor5D, SIZE, SIZE, 'valid')
        : tf.maxPool(padded as tf.Tensor4D, SIZE, SIZE, 'valid');
    },
  };
}

function padFront(tensor: tf.Tensor, axis: number, count: number): tf.Tensor {
  const shape = tensor.shape;
  const product = (lengths: number[]) => lengths.reduce((all, length) => all * length, 1);
  const length = shape[axis] as number;
  const view: [number, number, number] = [
    product(shape.slice(0, axis)),
    length,
    product(shape.slice(axis + 1)),
  ];
  const padded = tf.pad3d(tf.reshape(tensor, view), [
    [0, 0],
    [count, 0],
    [0, 0],
  ]);
  return tf.reshape(padded, [...shape.slice(0, axis), length + count, ...shape.slice(axis + 1)]);
}

/** PyTorch lists paddings from the last axis to the first, begin and end of each. */
function torchPadding(pads: readonly number[]): number[] {
  return [...pads].reverse().flatMap((count) => [count, 0]);
}
