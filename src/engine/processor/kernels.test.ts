import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { stream } from '../../core/random/philox.ts';
import { EngineDevice } from '../device/engine-device.ts';

// The faster kernels of the processor against the definitions, written out in 64 bits.
beforeAll(async () => {
  await EngineDevice.open(undefined);
});

const numbers = stream(17, 'processor kernels');
const random = (shape: number[]) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => numbers.uniform(-1, 1)),
    shape,
  );

function at(values: ArrayLike<number>, shape: readonly number[], place: readonly number[]): number {
  let index = 0;
  for (const [axis, length] of shape.entries()) {
    const position = place[axis] ?? 0;
    if (position < 0 || position >= length) return NaN;
    index = index * length + position;
  }
  return values[index] ?? NaN;
}

/** Every place of a shape, in order. */
function* places(shape: readonly number[]): Generator<number[]> {
  const count = tf.util.sizeFromShape([...shape]);
  for (let index = 0; index < count; index++) {
    const place: number[] = [];
    let rest = index;
    for (const length of [...shape].reverse()) {
      place.unshift(rest % length);
      rest = Math.floor(rest / length);
    }
    yield place;
  }
}

test.each([
  ['same', [2, 5, 4, 3, 1], [3, 3, 3, 1, 8], 1],
  ['same', [1, 4, 5, 6, 3], [3, 3, 3, 3, 11], 1],
  ['valid', [1, 6, 5, 7, 2], [3, 2, 3, 2, 5], 2],
  ['valid', [2, 1, 1, 1, 9], [1, 1, 1, 9, 1], 1],
] as const)('convolves %s, %s by %s, stride %i', async (pad, shape, window, stride) => {
  const [x, filter] = [random([...shape]), random([...window])];
  const y = tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, stride, pad);
  const [input, weights, found] = [await x.data(), await filter.data(), await y.data()];
  const before = window
    .slice(0, 3)
    .map((taps) => (pad === 'same' ? Math.floor((taps - 1) / 2) : 0));
  let index = 0;
  for (const [volume = 0, z = 0, i = 0, j = 0, output = 0] of places(y.shape)) {
    let sum = 0;
    for (const [a = 0, b = 0, c = 0, channel = 0] of places(window.slice(0, 4))) {
      const corner = [z * stride + a, i * stride + b, j * stride + c];
      const place = corner.map((position, axis) => position - (before[axis] ?? 0));
      const value = at(input, shape, [volume, ...place, channel]);
      if (!Number.isNaN(value)) sum += value * at(weights, window, [a, b, c, channel, output]);
    }
    expect(found[index++]).toBeCloseTo(sum, 5);
  }
});

test('takes the maximum of windows that fit, and leaves the rest', async () => {
  const shape = [2, 5, 4, 7, 3];
  const x = random(shape);
  const y = tf.maxPool3d(x as tf.Tensor5D, 2, 2, 'valid');
  expect(y.shape).toEqual([2, 2, 2, 3, 3]);
  const [input, found] = [await x.data(), await y.data()];
  let index = 0;
  for (const [volume = 0, z = 0, i = 0, j = 0, channel = 0] of places(y.shape)) {
    const window = [...places([2, 2, 2])].map(([a = 0, b = 0, c = 0]) =>
      at(input, shape, [volume, 2 * z + a, 2 * i + b, 2 * j + c, channel]),
    );
    expect(found[index++]).toBe(Math.max(...window));
  }
});

test('adds, subtracts and multiplies by channel, and pads one axis', async () => {
  const [rows, vector] = [random([4, 3]), random([1, 3])];
  const [a, b] = [await rows.data(), await vector.data()];
  const expected = (work: (x: number, y: number) => number) =>
    Array.from(a, (value, i) => Math.fround(work(value, b[i % 3] ?? NaN)));
  expect([...(await tf.add(rows, vector).data())]).toEqual(expected((x, y) => x + y));
  expect([...(await tf.sub(rows, vector).data())]).toEqual(expected((x, y) => x - y));
  expect([...(await tf.mul(rows, vector).data())]).toEqual(expected((x, y) => x * y));
  // One number a row is another matter, which is left to the stock kernel.
  const column = tf.tensor([1, 2, 3], [3, 1]);
  const square = tf.tensor([1, 1, 1, 1, 1, 1, 1, 1, 1], [3, 3]);
  expect([...(await tf.mul(square, column).data())]).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3]);
  const padded = tf.pad(
    tf.tensor([1, 2, 3, 4], [2, 1, 2]),
    [
      [0, 0],
      [1, 2],
      [0, 0],
    ],
    7,
  );
  expect([...(await padded.data())]).toEqual([7, 7, 1, 2, 7, 7, 7, 7, 7, 7, 3, 4, 7, 7, 7, 7]);
});
