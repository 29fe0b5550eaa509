import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { relativeError } from '../../../tests/support/conv-block-reference.ts';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import type { EngineDevice } from './engine-device.ts';
import { agrees, random } from '../../../tests/support/tfjs-agreement.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

type Unary = (x: tf.Tensor) => tf.Tensor;
type Paddings = [number, number][];

/** A value for each axis. */
function by<Value>(x: tf.Tensor, of: (length: number, axis: number) => Value): Value[] {
  return x.shape.map(of);
}

const pad = (x: tf.Tensor, paddings: number[][], value = 0) =>
  tf.pad(x, paddings as Paddings, value);
const mirror = (x: tf.Tensor, paddings: number[][], mode: 'reflect' | 'symmetric') =>
  tf.mirrorPad(x, paddings as Paddings, mode);
const twice = (x: tf.Tensor, axis: number) => tf.concat([x, tf.neg(x)], axis);

const MOVES: Record<string, Unary> = {
  pad: (x) =>
    pad(
      x,
      by(x, (_, axis) => [axis % 3, (axis + 1) % 2]),
      3,
    ),
  'pad one axis': (x) =>
    pad(
      x,
      by(x, (_, axis) => [0, axis === 2 ? 2 : 0]),
      -0.5,
    ),
  'pad nothing': (x) =>
    pad(
      x,
      by(x, () => [0, 0]),
    ),
  mirror: (x) =>
    mirror(
      x,
      by(x, (n) => [Math.min(1, n - 1), n - 1]),
      'reflect',
    ),
  'mirror with the edge': (x) =>
    mirror(
      x,
      by(x, (n, axis) => [n, axis % 2]),
      'symmetric',
    ),
  slice: (x) =>
    tf.slice(
      x,
      by(x, (n) => Math.min(1, n - 1)),
      by(x, (n) => Math.max(1, n - 2)),
    ),
  reverse: (x) => tf.reverse(x, [1, -2]),
  'reverse all': (x) => tf.reverse(x),
  transpose: (x) =>
    tf.transpose(
      x,
      by(x, (_, axis) => (axis + 2) % x.rank),
    ),
  concat: (x) => twice(x, 2),
  'concat channels': (x) => twice(x, -1),
  split: (x) => tf.concat(tf.split(twice(x, 1), [1, 2 * (x.shape[1] ?? 1) - 1], 1).reverse(), 1),
  unstack: (x) => tf.stack(tf.unstack(twice(x, 2), 2).reverse(), 0),
};

/** Without a gradient, or with one that is ours on the processor too. */
const WITHOUT_GRADIENT: Record<string, Unary> = {
  'strided slice': (x) =>
    tf.stridedSlice(
      ...[x, by(x, (n) => Math.min(1, n - 1)), [...x.shape]],
      by(x, (_, axis) => 1 + (axis % 3)),
    ),
  'strided slice backwards': (x) =>
    tf.stridedSlice(
      ...[x, by(x, () => -1), by(x, (n) => -n - 1)],
      by(x, (_, axis) => -1 - (axis % 2)),
    ),
  tile: (x) =>
    tf.tile(
      x,
      by(x, (_, axis) => 1 + (axis % 3)),
    ),
  broadcastTo: (x) => {
    const first = tf.slice(x, 0, [1]);
    return tf.broadcastTo(first, [7, ...first.shape.slice(1)]);
  },
};

const SHAPES = [
  ...[
    [2, 3, 5, 4, 3],
    [2, 1, 3, 2, 8],
    [2, 3, 1, 5, 2, 3],
  ],
  ...[
    [1, 1, 1, 1, 1],
    [3, 1, 2, 1, 1],
    [2, 5, 1, 7, 2],
  ],
];

describe.each(SHAPES.map((shape) => [shape]))('%j', (shape) => {
  test.each(Object.keys(MOVES))('%s, with its gradient', async (name) => {
    await agrees({ of: MOVES[name] as Unary, inputs: [{ shape }], gradients: [0], error: 0 });
  });

  test.each(Object.keys(WITHOUT_GRADIENT))('%s', async (name) => {
    await agrees({ of: WITHOUT_GRADIENT[name] as Unary, inputs: [{ shape }], error: 0 });
  });

  test.each(['pad', 'mirror', 'reverse', 'transpose', 'strided slice', 'tile'])(
    '%s of integers that f32 cannot hold, and of bool',
    async (name) => {
      const move = { ...MOVES, ...WITHOUT_GRADIENT }[name] as Unary;
      const inputs = [{ shape, range: [-(2 ** 30), 2 ** 30], dtype: 'int32' }] as const;
      await agrees({ of: move, inputs });
      await agrees({ of: (x) => move(tf.greater(x as tf.Tensor, 0)), inputs });
    },
  );

  test.each(['pad', 'pad one axis', 'tile'])('%s of bool cast to float32', async (name) => {
    const move = { ...MOVES, ...WITHOUT_GRADIENT }[name] as Unary;
    // To tfjs it is the buffer of the integers under another name.
    const of = (x?: tf.Tensor) => move(tf.cast(tf.greater(x as tf.Tensor, 0), 'float32'));
    await agrees({ of, inputs: [{ shape }], error: 0 });
  });

  test('gather, with its gradient', async () => {
    const of = (x?: tf.Tensor) =>
      tf.gather(x as tf.Tensor, tf.tensor1d([0, -1, 0], 'int32').abs(), 4);
    const inputs = [{ shape: [...shape.slice(0, 4), 2, ...shape.slice(5)] }];
    await agrees({ of, inputs, gradients: [0] });
  });
});

test('a strided slice may drop and add axes', async () => {
  const x = random({ shape: [2, 3, 5, 4, 3] });
  const found = tf.stridedSlice(
    x,
    [0, 1, 0, 0, 2],
    [2, 2, 5, 4, 3],
    [1, 1, 2, 3, 1],
    0,
    0,
    0,
    0,
    18,
  );
  const values = await x.data();
  const expected = [0, 1].flatMap((b) =>
    [0, 2, 4].flatMap((y) => [0, 3].map((z) => values[(((b * 3 + 1) * 5 + y) * 4 + z) * 3 + 2])),
  );
  expect(found.shape).toEqual([2, 3, 2]);
  expect([...(await found.data())]).toEqual(expected);
});

/** By its definition, in float64. */
function sumOfCopies(dy: ArrayLike<number>, shape: readonly number[], reps: readonly number[]) {
  const sum = new Float64Array(tf.util.sizeFromShape([...shape]));
  for (let at = 0; at < dy.length; at++) {
    let [left, stride, to] = [at, 1, 0];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [length, copies] = [shape[axis] as number, reps[axis] as number];
      to += ((left % (length * copies)) % length) * stride;
      left = Math.floor(left / (length * copies));
      stride *= length;
    }
    sum[to] = (sum[to] as number) + (dy[at] as number);
  }
  return sum;
}

const TILINGS: [number[], number[]][] = [
  [
    [2, 1, 3, 2, 8],
    [1, 2, 2, 2, 1],
  ],
  [
    [2, 3, 2, 1, 4],
    [1, 1, 3, 1, 3],
  ],
  [
    [2, 3, 5, 4, 3],
    [1, 2, 2, 2, 1],
  ],
  [
    [2, 3, 1, 4, 1],
    [3, 1, 5, 2, 2],
  ],
  [
    [6, 1, 5, 1, 4, 1],
    [1, 2, 1, 2, 1, 2],
  ],
  [
    [1, 1, 1, 1, 3],
    [2, 5, 7, 6, 1],
  ],
  [
    [2, 1, 3, 1, 1],
    [1, 9, 3, 4, 5],
  ],
  [
    [2, 2, 2, 2, 2, 2],
    [1, 3, 2, 4, 5, 2],
  ],
  [
    [1, 1, 1, 1, 1],
    [1, 1, 1, 1, 2],
  ],
];

describe.each(['webgpu', 'cpu'])('on %s', (backend) => {
  test.each(TILINGS)('gradient of %j tiled %j', async (shape, reps) => {
    await tf.setBackend(backend);
    const received = random({ shape: shape.map((length, axis) => length * (reps[axis] ?? 1)) }, 1);
    const x = random({ shape });
    if (backend === 'webgpu') poisonRecycledBuffers();
    const found = tf.grad((input: tf.Tensor) => tf.tile(input, reps))(x, received);
    const expected = sumOfCopies(await received.data(), shape, reps);
    expect(found.shape).toEqual(shape);
    expect(relativeError(await found.data(), expected)).toBeLessThan(1e-6);
    await tf.setBackend('webgpu');
  });
});

test('more numbers than one axis of workgroups', async () => {
  const shape = [1, 163, 161, 163, 1];
  const x = random({ shape });
  poisonRecycledBuffers();
  const padded = tf.pad(x, [
    ...([
      [0, 0],
      [1, 2],
      [0, 3],
      [2, 0],
      [0, 0],
    ] as Paddings),
  ]);
  expect(padded.size).toBeGreaterThan(65_535 * 64);
  const [from, to] = [await x.data(), await padded.data()];
  let wrong = 0;
  for (let at = 0; at < to.length; at++) {
    const [i, j, k] = [
      Math.floor(at / (164 * 165)) - 1,
      Math.floor(at / 165) % 164,
      (at % 165) - 2,
    ];
    const isInside = i >= 0 && i < 163 && j < 161 && k >= 0;
    if (to[at] !== (isInside ? from[(i * 161 + j) * 163 + k] : 0)) wrong += 1;
  }
  expect(wrong).toBe(0);
});
