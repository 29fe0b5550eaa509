import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { cast } from '../../../tests/support/cast.ts';
import { at, relativeError } from '../../../tests/support/conv-block-reference.ts';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import { stream } from '../../core/random/philox.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { inThree, type Three } from './axes.ts';
import {
  convolution,
  transposedConvolution,
  type ConvolutionOptions,
} from './differentiable-convolution.ts';
import type { Element } from './storage.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

interface Case {
  /** `[batch, ...spatial, channels]` of what goes in. */
  readonly shape: readonly number[];
  readonly window: readonly number[];
  readonly outputs: number;
  readonly stride?: number | readonly number[];
  readonly padding?: number | readonly number[];
  readonly paddingBack?: number;
  /** Of a transposed convolution. */
  readonly outputPadding?: number;
}

const CONVOLUTIONS: Case[] = [
  { shape: [2, 5, 4, 9, 8], window: [3, 3, 3], outputs: 8, padding: 1 },
  { shape: [1, 6, 7, 5, 3], window: [3, 3, 3], outputs: 5, stride: 2, padding: 1 },
  { shape: [2, 9, 8, 11, 4], window: [3, 3, 3], outputs: 12, stride: 2, padding: 1 },
  { shape: [2, 3, 4, 5, 12], window: [1, 1, 1], outputs: 7 },
  { shape: [1, 5, 6, 9, 16], window: [1, 1, 1], outputs: 8, stride: 2 },
  { shape: [2, 7, 6, 9, 1], window: [4, 4, 4], outputs: 8, stride: 2, padding: 1 },
  { shape: [1, 8, 5, 10, 6], window: [4, 4, 4], outputs: 1, padding: 1 },
  { shape: [1, 9, 10, 13, 1], window: [7, 7, 7], outputs: 4, stride: 2, padding: 3 },
  { shape: [1, 7, 7, 8, 5], window: [5, 5, 5], outputs: 3, padding: 2 },
  { shape: [1, 6, 5, 7, 2], window: [3, 3, 3], outputs: 4, stride: 3 },
  { shape: [1, 1, 1, 1, 1], window: [1, 1, 1], outputs: 1 },
  { shape: [1, 4, 5, 6, 4], window: [2, 3, 4], outputs: 4, stride: [2, 1, 2], padding: [0, 1, 1] },
  { shape: [1, 5, 5, 6, 4], window: [4, 4, 4], outputs: 4, padding: 1, paddingBack: 2 },
  { shape: [3, 9, 10, 3], window: [3, 3], outputs: 8, padding: 1 },
  { shape: [2, 11, 8, 1], window: [3, 3], outputs: 6, stride: 2, padding: 1 },
  { shape: [2, 12, 12, 4], window: [4, 4], outputs: 9, stride: 2, padding: 1 },
];

const TRANSPOSED: Case[] = [
  { shape: [2, 3, 4, 5, 8], window: [4, 4, 4], outputs: 4, stride: 2, padding: 1 },
  {
    shape: [1, 3, 2, 5, 5],
    window: [3, 3, 3],
    outputs: 3,
    stride: 2,
    padding: 1,
    outputPadding: 1,
  },
  { shape: [2, 4, 3, 6, 8], window: [3, 3, 3], outputs: 1, padding: 1 },
  { shape: [1, 2, 3, 2, 1], window: [2, 2, 2], outputs: 8, stride: 2 },
  { shape: [1, 1, 1, 1, 12], window: [5, 4, 5], outputs: 6 },
  { shape: [1, 2, 3, 3, 4], window: [3, 3, 3], outputs: 2, stride: 3, padding: 1 },
  { shape: [2, 5, 6, 4], window: [4, 4], outputs: 3, stride: 2, padding: 1 },
];

function random(length: number, index: number): Float64Array {
  const numbers = stream(41, 'windows', index);
  return Float64Array.from({ length }, () => Math.fround(numbers.uniform(-1, 1)));
}

const size = (shape: readonly number[]) => shape.reduce((all, length) => all * length, 1);
const tensor = (values: Float64Array, shape: readonly number[]) =>
  tf.tensor(Float32Array.from(values), [...shape]);

/** Calls back for each product of the convolution from the large volume to the small one. */
function products(
  { batch, large, small }: { batch: number; large: Three; small: Three },
  { window, stride = 1, padding = 0 }: Case,
  add: (large: number, small: number, tap: number) => void,
): void {
  const rank = window.length;
  const each = (value: number | readonly number[]) =>
    typeof value === 'number' ? new Array<number>(rank).fill(value) : value;
  const taps = inThree(window, 1);
  const [steps, front] = [inThree(each(stride), 1), inThree(each(padding), 0)];
  const voxel = ([, Y, Z]: Three, [x, y, z]: Three) => (x * Y + y) * Z + z;
  const across = (lengths: Three, visit: (where: Three) => void) => {
    for (let x = 0; x < lengths[0]; x++)
      for (let y = 0; y < lengths[1]; y++) for (let z = 0; z < lengths[2]; z++) visit([x, y, z]);
  };
  for (let b = 0; b < batch; b++)
    across(small, (o) =>
      across(taps, (t) => {
        const i = o.map((place, axis) => place * at(steps, axis) + at(t, axis) - at(front, axis));
        if (i.some((place, axis) => place < 0 || place >= at(large, axis))) return;
        const there = b * size(large) + voxel(large, i as unknown as Three);
        add(there, b * size(small) + voxel(small, o), voxel(taps, t));
      }),
    );
}

/** Output and gradients of the sum of output times `slopes`, in float64. */
function reference(one: Case, isTransposed: boolean, values: Values, made: readonly number[]) {
  const { shape, outputs } = one;
  const [batch, inputs] = [at(shape, 0), at(shape, shape.length - 1)];
  const [read, written] = [inThree(shape.slice(1, -1), 1), inThree(made, 1)];
  const output = new Float64Array(batch * size(written) * outputs);
  for (let i = 0; i < output.length; i++) output[i] = at(values.bias, i % outputs);
  const gradients = {
    input: new Float64Array(values.input.length),
    filter: new Float64Array(values.filter.length),
    bias: new Float64Array(outputs),
  };
  values.slopes.forEach((slope, i) => {
    gradients.bias[i % outputs] = at(gradients.bias, i % outputs) + slope;
  });
  const spaces = isTransposed ? { large: written, small: read } : { large: read, small: written };
  products({ batch, ...spaces }, one, (large, small, tap) => {
    const [from, to] = isTransposed ? [small, large] : [large, small];
    for (let i = 0; i < inputs; i++)
      for (let o = 0; o < outputs; o++) {
        const [source, target] = [from * inputs + i, to * outputs + o];
        const f = isTransposed
          ? (tap * outputs + o) * inputs + i
          : (tap * inputs + i) * outputs + o;
        const [x, w, slope] = [
          at(values.input, source),
          at(values.filter, f),
          at(values.slopes, target),
        ];
        output[target] = at(output, target) + x * w;
        gradients.input[source] = at(gradients.input, source) + slope * w;
        gradients.filter[f] = at(gradients.filter, f) + slope * x;
      }
  });
  return { output, ...gradients };
}

interface Values {
  readonly input: Float64Array;
  readonly filter: Float64Array;
  readonly bias: Float64Array;
  readonly slopes: Float64Array;
}

function setUp(one: Case, isTransposed: boolean) {
  const { shape, window, outputs } = one;
  const inputs = at(shape, shape.length - 1);
  const filterShape = [...window, ...(isTransposed ? [outputs, inputs] : [inputs, outputs])];
  const run = isTransposed ? transposedConvolution : convolution;
  const apply = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor | undefined, more = {}) =>
    run(x, w, b, { ...(one as ConvolutionOptions), ...more });
  const input = random(size(shape), 1);
  const filter = random(size(filterShape), 2);
  const bias = random(outputs, 3);
  const probe = tf.tidy(
    () => apply(tensor(input, shape), tensor(filter, filterShape), undefined).shape,
  );
  const slopes = random(size(probe), 4);
  const spatial = probe.slice(1, -1);
  return { filterShape, apply, outputShape: probe, spatial, input, filter, bias, slopes };
}

describe.each([
  ['convolution', false, CONVOLUTIONS],
  ['transposed convolution', true, TRANSPOSED],
] as const)('%s', (_name, isTransposed, cases) => {
  test.each(cases)('agrees with its definition: %j', async (one) => {
    const { filterShape, apply, outputShape, spatial, ...values } = setUp(one, isTransposed);
    const expected = reference(one, isTransposed, values, spatial);
    const slopes = tensor(values.slopes, [values.slopes.length]);
    const tensors = [
      tensor(values.input, one.shape),
      tensor(values.filter, filterShape),
      tensor(values.bias, [one.outputs]),
    ];
    await device.settle();
    poisonRecycledBuffers();
    const output = apply(tensors[0] as tf.Tensor, tensors[1] as tf.Tensor, tensors[2]);
    expect(output.shape).toEqual(outputShape);
    expect(relativeError(await output.data(), expected.output), 'output').toBeLessThan(1e-5);
    const score = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor) =>
      tf.sum(tf.mul(tf.reshape(apply(x, w, b), [-1]), slopes));
    const found = tf.grads(score as (...all: tf.Tensor[]) => tf.Scalar)(tensors);
    for (const [i, name] of (['input', 'filter', 'bias'] as const).entries()) {
      const gradient = found[i] as tf.Tensor;
      expect(gradient.shape).toEqual((tensors[i] as tf.Tensor).shape);
      expect(relativeError(await gradient.data(), expected[name]), name).toBeLessThan(1e-5);
    }
    // Linear in the filter: a central difference is exact but for rounding.
    const [x, w, b] = tensors as [tf.Tensor, tf.Tensor, tf.Tensor];
    const direction = tensor(random(w.size, 9), filterShape);
    const moved = (by: number) =>
      tf.tidy(() => {
        const flat = tf.add(
          tf.reshape(w, [-1]),
          tf.mul(tf.reshape(direction, [-1]), tf.scalar(by)),
        );
        return score(x, tf.reshape(flat, filterShape), b);
      });
    const [[more = NaN], [less = NaN]] = [await moved(0.5).data(), await moved(-0.5).data()];
    const slope = random(w.size, 9).reduce(
      (sum, value, i) => sum + value * at(expected.filter, i),
      0,
    );
    const scale = Math.sqrt(expected.filter.reduce((sum, value) => sum + value * value, 0));
    expect(Math.abs(more - less - slope) / scale).toBeLessThan(1e-4);
    tf.dispose([output, slopes, direction, ...tensors, ...found]);
  });

  test.each(['f16', 'packed'] as Element[])('in halves: %s', async (element) => {
    if (element === 'f16' && !device.report.halfPrecision) return;
    // Compiling is what takes long on software drivers: two of each.
    const isWhole = (channels: number) => channels % 4 === 0;
    const whole = cases
      .filter(({ shape, outputs }) => isWhole(at(shape, shape.length - 1)) && isWhole(outputs))
      .slice(0, 2);
    expect(whole.length).toBeGreaterThan(0);
    for (const one of whole) {
      const { filterShape, apply, outputShape, ...values } = setUp(one, isTransposed);
      const x = tensor(values.input, one.shape);
      const w = tensor(values.filter, filterShape);
      const b = tensor(values.bias, [one.outputs]);
      const half = cast(x, element);
      await device.settle();
      poisonRecycledBuffers();
      const halves = apply(half, w, b);
      const slopes = tensor(values.slopes, outputShape);
      const received = cast(slopes, element);
      const plain = apply(x, w, b);
      const close = async (found: tf.Tensor, expected: tf.Tensor, name: string) => {
        const [a, e] = [await cast(found, 'f32').data(), await expected.data()];
        expect(relativeError(a, e), `${JSON.stringify(one)} ${name}`).toBeLessThan(2e-3);
      };
      await close(halves, plain, 'output');
      const ofHalves = tf.grads((s, f) => apply(s as tf.Tensor, f as tf.Tensor, b))(
        [half, w],
        received,
      );
      const ofWhole = tf.grads((s, f) => apply(s as tf.Tensor, f as tf.Tensor, b))([x, w], slopes);
      await close(ofHalves[0] as tf.Tensor, ofWhole[0] as tf.Tensor, 'input');
      expect(
        relativeError(
          await (ofHalves[1] as tf.Tensor).data(),
          await (ofWhole[1] as tf.Tensor).data(),
        ),
        'filter',
      ).toBeLessThan(2e-3);
      tf.dispose([x, w, b, half, halves, slopes, received, plain, ...ofHalves, ...ofWhole]);
    }
  });
});

test('a window that does not fit is refused by name', () => {
  const [input, filter] = [tf.zeros([1, 2, 2, 2, 1]), tf.zeros([3, 3, 3, 1, 1])];
  expect(() => convolution(input, filter, undefined)).toThrow(/3 x 3 x 3/u);
  tf.dispose([input, filter]);
});
