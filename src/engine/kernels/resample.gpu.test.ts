import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import pytorch from '../../../tests/fixtures/pooling-pytorch.json';
import { cast } from '../../../tests/support/cast.ts';
import { at, relativeError } from '../../../tests/support/conv-block-reference.ts';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import { stream } from '../../core/random/philox.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { watchingOverflow } from './half-tensors.ts';
import { axisTable, resample, type ResampleOptions } from './resample.ts';
import type { Element } from './storage.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

const sizeOf = (shape: readonly number[]) => shape.reduce((all, length) => all * length, 1);

/** Multiples of 1/64, which halves hold exactly. */
function random(shape: readonly number[], index: number): Float32Array {
  const numbers = stream(53, 'resample', index);
  const draw = () => Math.round(numbers.uniform(-64, 64)) / 64;
  return Float32Array.from({ length: sizeOf(shape) }, draw);
}

/** What an output along an axis of `to` reads along one of `from`: voxels and what they count. */
function reads(output: number, from: number, to: number, options: ResampleOptions) {
  // A whole number is found by whole numbers: PyTorch's rounding has a test of its own.
  if (options.mode === 'nearest') return [[Math.floor((output * from) / to), 1] as const];
  const place = options.alignCorners
    ? (output * (from - 1)) / Math.max(1, to - 1)
    : Math.min(from - 1, Math.max(0, ((output + 0.5) * from) / to - 0.5));
  const low = Math.floor(place);
  return [[low, 1 - (place - low)] as const, [Math.min(low + 1, from - 1), place - low] as const];
}

/** Calls back for each number that an output is made of: indices of both, and what it counts. */
function weights(
  shape: readonly number[],
  outputShape: readonly number[],
  options: ResampleOptions,
  add: (output: number, input: number, weight: number) => void,
): void {
  const three = (of: readonly number[]) =>
    (of.length === 4 ? [1, ...of.slice(1, 3)] : of.slice(1, 4)) as [number, number, number];
  const [[X, Y, Z], [P, Q, R]] = [three(shape), three(outputShape)];
  const [batch = 1, channels = 1] = [shape[0], shape.at(-1)];
  for (let b = 0; b < batch; b++)
    for (let p = 0; p < P; p++)
      for (let q = 0; q < Q; q++)
        for (let r = 0; r < R; r++)
          for (const [x, u] of reads(p, X, P, options))
            for (const [y, v] of reads(q, Y, Q, options))
              for (const [z, w] of reads(r, Z, R, options))
                for (let c = 0; c < channels; c++) {
                  const output = (((b * P + p) * Q + q) * R + r) * channels + c;
                  add(output, (((b * X + x) * Y + y) * Z + z) * channels + c, u * v * w);
                }
}

type Shapes = readonly [from: readonly number[], to: readonly number[]];

function forwardOf(values: ArrayLike<number>, [from, to]: Shapes, options: ResampleOptions) {
  const result = new Float64Array(sizeOf(to));
  weights(from, to, options, (o, i, weight) => {
    result[o] = at(result, o) + weight * at(values, i);
  });
  return result;
}

function gradientOf(received: ArrayLike<number>, [from, to]: Shapes, options: ResampleOptions) {
  const result = new Float64Array(sizeOf(from));
  weights(from, to, options, (o, i, weight) => {
    result[i] = at(result, i) + weight * at(received, o);
  });
  return result;
}

/** Twice, so that the second run gets dirty buffers. */
function run(input: tf.Tensor, received: tf.Tensor, options: ResampleOptions) {
  const of = (value: tf.Tensor) => resample(value, received.shape, options);
  const once = () => ({ output: of(input), gradient: tf.grad(of)(input, received) });
  tf.dispose(once());
  poisonRecycledBuffers();
  return once();
}

const MODES: ResampleOptions[] = [
  { mode: 'nearest' },
  { mode: 'linear' },
  { mode: 'linear', alignCorners: true },
];

const SHAPES: Shapes[] = [
  [
    [2, 3, 4, 5, 8],
    [2, 6, 8, 10, 8],
  ],
  [
    [1, 3, 4, 2, 4],
    [1, 7, 9, 5, 4],
  ],
  [
    [1, 9, 8, 7, 3],
    [1, 3, 5, 2, 3],
  ],
  [
    [2, 5, 4, 6, 5],
    [2, 5, 4, 6, 5],
  ],
  [
    [1, 1, 6, 1, 4],
    [1, 4, 6, 3, 4],
  ],
  [
    [1, 6, 3, 5, 1],
    [1, 1, 11, 4, 1],
  ],
  [
    [2, 5, 9, 12],
    [2, 10, 4, 12],
  ],
  [
    [1, 1, 1, 2],
    [1, 3, 1, 2],
  ],
];

describe.each(MODES)('$mode, alignCorners $alignCorners', (options) => {
  describe.each(SHAPES)('%j to %j', (...shapes) => {
    const [from, to] = shapes;
    const [input, received] = [random(from, 1), random(to, 2)];

    test('agrees with sums in float64, forward and backward', async () => {
      const tensors = [tf.tensor(input, [...from]), tf.tensor(received, [...to])] as const;
      const { output, gradient } = run(...tensors, options);
      expect(output.shape).toEqual(to);
      expect(gradient.shape).toEqual(from);
      expect(relativeError(await output.data(), forwardOf(input, shapes, options))).toBeLessThan(
        1e-6,
      );
      const expected = gradientOf(received, shapes, options);
      expect(relativeError(await gradient.data(), expected)).toBeLessThan(1e-6);
    });

    test('the gradient is the slope of the sums, by central differences', () => {
      const voxel = Math.floor(input.length / 2);
      const sum = (by: number) =>
        forwardOf(input.with(voxel, at(input, voxel) + by), shapes, options).reduce(
          (all, value, i) => all + value * at(received, i),
          0,
        );
      const slope = sum(0.5) - sum(-0.5);
      expect(slope).toBeCloseTo(at(gradientOf(received, shapes, options), voxel), 10);
    });
  });

  describe.each(SHAPES.filter(([from]) => (from.at(-1) ?? 1) % 4 === 0))(
    '%j to %j in halves',
    (...shapes) => {
      test.for(['f16', 'packed'] as Element[])('%s', async (element, { skip }) => {
        if (element === 'f16' && !device.report.halfPrecision) skip('no shader-f16 here');
        const [from, to] = shapes;
        const [input, received] = [random(from, 1), random(to, 2)];
        const half = (numbers: Float32Array, of: readonly number[]) =>
          cast(tf.tensor(numbers, [...of]), element);
        const found = run(half(input, from), half(received, to), options);
        const output = await cast(found.output, 'f32').data();
        expect(relativeError(output, forwardOf(input, shapes, options))).toBeLessThan(2e-3);
        const gradient = await cast(found.gradient, 'f32').data();
        expect(relativeError(gradient, gradientOf(received, shapes, options))).toBeLessThan(2e-3);
      });
    },
  );
});

test.each(pytorch.resample)(
  'as PyTorch: $mode, alignCorners $alignCorners, $shape to $outputShape',
  async ({ mode, alignCorners, shape, outputShape, ...given }) => {
    const options = { mode, alignCorners } as ResampleOptions;
    const tensors = [
      tf.tensor(given.input, shape),
      tf.tensor(given.received, outputShape),
    ] as const;
    const { output, gradient } = run(...tensors, options);
    expect(relativeError(await output.data(), given.output)).toBeLessThan(1e-6);
    expect(relativeError(await gradient.data(), given.gradient)).toBeLessThan(1e-6);
  },
);

test('a table names for each voxel all outputs that read it, and no more than lie between', () => {
  for (const options of MODES) {
    for (let from = 1; from < 12; from++) {
      for (let to = 1; to < 30; to++) {
        const { low, weight, first, end } = axisTable(from, to, options);
        const readers = Array.from({ length: from }, (): number[] => []);
        low.forEach((voxel, output) => {
          const share = at(weight, output);
          expect(share >= 0 && share <= 1 && voxel < from && voxel + share <= from - 1).toBe(true);
          if (share < 1) readers[voxel]?.push(output);
          if (share > 0) readers[voxel + 1]?.push(output);
        });
        readers.forEach((outputs, voxel) => {
          const range = [at(first, voxel), at(end, voxel)];
          if (outputs.length === 0) expect(range[0]).toBeGreaterThanOrEqual(range[1] as number);
          else expect(range).toEqual([outputs[0], (outputs.at(-1) as number) + 1]);
        });
      }
    }
  }
});

test('nearest rounds as PyTorch does in f32', () => {
  // 41 * (2 / 82) is 1, and just below it in f32.
  expect(axisTable(2, 82, { mode: 'nearest' }).low[41]).toBe(0);
  expect(axisTable(2, 82, { mode: 'nearest' }).low[42]).toBe(1);
});

test('a gradient too large for a half is told', async () => {
  const element = device.report.halfPrecision ? 'f16' : 'packed';
  const input = cast(tf.zeros([1, 1, 1, 4]), element);
  for (const [size, told] of [
    [20_000, 0],
    [30_000, 1],
  ] as const) {
    const raised = tf.zeros([1], 'int32');
    const received = cast(tf.fill([1, 1, 3, 4], size), element);
    const gradient = watchingOverflow(raised, () =>
      tf.grad((value) => resample(value, [1, 1, 3, 4], { mode: 'nearest' }))(input, received),
    );
    const expected = told === 1 ? 65_504 : 60_000;
    expect([...(await cast(gradient, 'f32').data())]).toEqual(new Array(4).fill(expected));
    expect((await raised.data())[0]).toBe(told);
  }
});

test('leaves no tensor behind', () => {
  const [input, received] = [tf.ones([1, 4, 4, 4, 4]), tf.ones([1, 8, 8, 8, 4])];
  const before = tf.memory().numTensors;
  const of = (value: tf.Tensor) => resample(value, received.shape, { mode: 'linear' });
  tf.dispose([of(input), tf.grad(of)(input, received)]);
  expect(tf.memory().numTensors).toBe(before);
});

test('refuses another batch or other channels', () => {
  const input = tf.ones([1, 4, 4, 4]);
  for (const shape of [
    [2, 4, 4, 4],
    [1, 4, 4, 8],
    [1, 1, 4, 4, 4],
  ]) {
    expect(() => resample(input, shape, { mode: 'nearest' })).toThrow(RangeError);
  }
});
