import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import reference from '../../../tests/fixtures/optimizers-pytorch.json';
import { at, relativeError } from '../../../tests/support/conv-block-reference.ts';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import { stream } from '../../core/random/philox.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { Optimizer } from '../optimizers/optimizer.ts';
import { optimizerNames, ruleNamed } from '../optimizers/rules.ts';
import { useKernels } from './choice.ts';
import { fold } from './dispatch.ts';
import { optimizerStep } from './optimizer-step.ts';

// The fixture was made with PyTorch: eight steps on 67 values, in float64.
let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => {
  useKernels(true);
  device.check();
});
afterAll(() => device.close());

interface Seen {
  readonly parameter: string;
  readonly states: Readonly<Record<string, string>>;
}
interface Run {
  readonly weightDecay: number;
  readonly laterRate: number;
  readonly float64: Readonly<Record<string, Seen>>;
  readonly float32?: Readonly<Record<string, Seen>>;
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64')).buffer;
const float32 = (text: string) => new Float32Array(bytes(text));
const float64 = (text: string) => new Float64Array(bytes(text));
const START = float32(reference.start);
const GRADIENTS = reference.gradients.map(float32);
const runsOf = (name: keyof typeof reference.optimizers) =>
  reference.optimizers[name].runs as unknown as readonly Run[];

interface Values {
  readonly parameter: Float32Array;
  readonly states: ReadonlyMap<string, Float32Array>;
}

/** @returns values after each step */
async function run(name: string, { weightDecay, laterRate }: Run, unscale = 1): Promise<Values[]> {
  const parameter = tf.variable(tf.tensor1d(START));
  const optimizer = new Optimizer(name, reference.learningRate, weightDecay);
  const seen: Values[] = [];
  // A value that was read before must not be what is read after.
  await parameter.data();
  for (const [index, values] of GRADIENTS.entries()) {
    if (index + 1 === reference.laterRateFromStep) optimizer.learningRate = laterRate;
    const gradient = tf.tensor1d(values.map((value) => value / unscale));
    optimizer.apply(new Map([['parameter', parameter]]), { parameter: gradient }, unscale);
    const states = new Map<string, Float32Array>();
    for (const [state, tensor] of optimizer.state.tensors.get('parameter') ?? []) {
      states.set(state, Float32Array.from(await tensor.data()));
    }
    seen.push({ parameter: Float32Array.from(await parameter.data()), states });
    gradient.dispose();
  }
  parameter.dispose();
  optimizer.dispose();
  return seen;
}

function changeOf(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(START, (old, i) => at(values, i) - old);
}

function norm(values: Iterable<number>): number {
  return Math.hypot(...values);
}

/**
 * Storing the parameter as float32 may lose half a unit in the last place a step. The first steps of
 * Adadelta are so tiny that this is up to 1e-3 of the change (seen: 2e-4, in PyTorch too); of all
 * others it is below 1e-5 (seen: 3e-6).
 */
function boundOf(step: number, expected: Float64Array): number {
  return Math.max(1e-5, (step * 2 ** -24 * norm(expected)) / norm(changeOf(expected)));
}

function expectAsInPyTorch(found: readonly Values[], wanted: Run): void {
  for (const [step, { parameter, states }] of Object.entries(wanted.float64)) {
    const { parameter: changed, states: kept } = found[Number(step) - 1] as Values;
    const expected = float64(parameter);
    const error = relativeError(changeOf(changed), changeOf(expected));
    expect(error, `step ${step}`).toBeLessThan(boundOf(Number(step), expected));
    const single = wanted.float32?.[step]?.parameter;
    if (single !== undefined) {
      const theirs = relativeError(changeOf(float32(single)), changeOf(expected));
      expect(error, `step ${step}, beside PyTorch in float32`).toBeLessThan(2 * theirs + 5e-7);
    }
    // Three values start from zero: what is stored of them is the change, to seven digits.
    const head = relativeError(changed.slice(0, 3), expected.slice(0, 3));
    expect(head, `step ${step}, from zero`).toBeLessThan(1e-5);
    expect([...kept.keys()]).toEqual(Object.keys(states));
    for (const [state, values] of Object.entries(states)) {
      const name = `step ${step}, ${state}`;
      expect(relativeError(kept.get(state) ?? [], float64(values)), name).toBeLessThan(1e-5);
    }
  }
}

describe.each(optimizerNames)('%s', (name) => {
  describe.each(runsOf(name))('weight decay $weightDecay, later rate $laterRate', (wanted) => {
    test('changes parameter and states as PyTorch does', async () => {
      poisonRecycledBuffers();
      expectAsInPyTorch(await run(name, wanted), wanted);
    });

    test('does so in stock operations', async () => {
      const fast = await run(name, wanted);
      useKernels(false);
      const plain = await run(name, wanted);
      expectAsInPyTorch(plain, wanted);
      for (const [index, { parameter }] of plain.entries()) {
        const change = changeOf(fast[index]?.parameter ?? []);
        const bound = boundOf(index + 1, Float64Array.from(parameter));
        expect(relativeError(change, changeOf(parameter)), `step ${index + 1}`).toBeLessThan(bound);
      }
    });

    test('unscales the gradient first', async () => {
      expectAsInPyTorch(await run(name, wanted, 1 / (3 * 65_536)), wanted);
    });
  });

  test('gives the same bits again, and in slices', async () => {
    const [, wanted] = runsOf(name) as [Run, Run];
    const first = await run(name, wanted);
    poisonRecycledBuffers();
    expect(await run(name, wanted)).toEqual(first);
    const rule = ruleNamed(name);
    const length = 200;
    const step = async (maxBinding: number) => {
      const tensors = ['value', 'gradient', ...rule.states].map((_, i) => random(length, 5 + i));
      const all = tensors.map((values) => tf.tensor1d(values.map(Math.abs)));
      const [parameter, gradient, ...states] = all as [tf.Tensor, tf.Tensor, ...tf.Tensor[]];
      const factors = tf.tensor1d([...rule.factors, ''].map((_, i) => (i + 1) / 16));
      optimizerStep(rule, parameter, gradient, states, factors, undefined, maxBinding);
      const values = await Promise.all(all.map((tensor) => tensor.data()));
      tf.dispose([...all, factors]);
      return values;
    };
    expect(await step(256)).toEqual(await step(2 ** 20));
  });
});

function random(length: number, index: number): Float32Array {
  const numbers = stream(24, 'optimizer', index);
  return Float32Array.from({ length }, () => numbers.uniform(-1, 1));
}

test('averages the weights of ASGD once there is something to average', async () => {
  const [start, average, slopes] = [random(67, 1), random(67, 2), random(67, 3)];
  const parameter = tf.variable(tf.tensor1d(start));
  const optimizer = new Optimizer('ASGD', 0.1, 0);
  const [eta, mu] = [Math.fround(0.05), 0.25];
  optimizer.load({
    ...{ step: 1_000_004, learningRate: 0.1, weightDecay: 0, scalars: { eta, mu } },
    tensors: new Map([['parameter', new Map([['ax', tf.tensor1d(average)]])]]),
  });
  const gradient = tf.tensor1d(slopes);
  optimizer.apply(new Map([['parameter', parameter]]), { parameter: gradient });
  const expected = Float64Array.from(start, (x, i) => x - 1e-4 * eta * x - eta * at(slopes, i));
  const { scalars, tensors } = optimizer.state;
  expect(relativeError(await parameter.data(), expected)).toBeLessThan(1e-6);
  const found = (await tensors.get('parameter')?.get('ax')?.data()) ?? [];
  const averaged = expected.map((x, i) => 0.75 * at(average, i) + 0.25 * x);
  expect(relativeError(found, averaged)).toBeLessThan(1e-6);
  expect(scalars['mu']).toBeCloseTo(1 / 5, 7);
  expect(scalars['eta']).toBeCloseTo(0.1 / (1 + 1e-5 * 1_000_005) ** 0.75, 8);
  tf.dispose([parameter, gradient]);
  optimizer.dispose();
});

/** Kingma and Ba's algorithm 1, and SGD, with L2 decay, in float64. */
const ALGORITHMS: Record<string, (start: number, slope: number, steps: number) => number> = {
  SGD: (start, slope, steps) => {
    let value = start;
    for (let step = 0; step < steps; step++) value -= 1e-2 * (slope + 0.1 * value);
    return value;
  },
  Adam: (start, slope, steps) => {
    let [value, first, second] = [start, 0, 0];
    for (let step = 1; step <= steps; step++) {
      const gradient = slope + 0.1 * value;
      first = 0.9 * first + 0.1 * gradient;
      second = 0.999 * second + 0.001 * gradient ** 2;
      const root = Math.sqrt(second / (1 - 0.999 ** step)) + 1e-8;
      value -= (1e-2 * first) / (1 - 0.9 ** step) / root;
    }
    return value;
  },
};

test.each(Object.entries(ALGORITHMS))(
  '%s reaches the last element of a parameter that needs more groups than an axis takes',
  async (name, algorithm) => {
    const length = 65_535 * 64 + 65;
    expect(fold(length)).toEqual([32_769, 2]);
    const [start, slopes] = [random(length, 3), random(length, 4)];
    const parameter = tf.variable(tf.tensor1d(start));
    const gradient = tf.tensor1d(slopes);
    const optimizer = new Optimizer(name, 1e-2, 0.1);
    for (let step = 0; step < 3; step++) {
      optimizer.apply(new Map([['parameter', parameter]]), { parameter: gradient });
    }
    const found = await parameter.data();
    for (const place of [0, 1, 65_535 * 64 - 1, 65_535 * 64, length - 1]) {
      expect(found[place]).toBeCloseTo(algorithm(at(start, place), at(slopes, place), 3), 5);
    }
    tf.dispose([parameter, gradient]);
    optimizer.dispose();
  },
);

test('a step that the device is told to leave out changes nothing', async () => {
  const parameter = tf.variable(tf.tensor1d([1, -2, 3]));
  const gradient = tf.tensor1d([0.5, NaN, 1]);
  const optimizer = new Optimizer('Adam', 0.1, 0.1);
  const parameters = new Map([['parameter', parameter]]);
  const [skip, go] = [tf.tensor1d([1], 'int32'), tf.tensor1d([0], 'int32')];
  optimizer.apply(parameters, { parameter: gradient }, 1, skip);
  optimizer.uncount();
  expect([...(await parameter.data())]).toEqual([1, -2, 3]);
  const finite = tf.tensor1d([0.5, -1, 1]);
  optimizer.apply(parameters, { parameter: finite }, 1, go);
  const fresh = tf.variable(tf.tensor1d([1, -2, 3]));
  const other = new Optimizer('Adam', 0.1, 0.1);
  other.apply(new Map([['parameter', fresh]]), { parameter: finite });
  expect(await parameter.data()).toEqual(await fresh.data());
  expect(optimizer.state.step).toBe(1);
  tf.dispose([parameter, gradient, skip, go, finite, fresh]);
  optimizer.dispose();
  other.dispose();
});
