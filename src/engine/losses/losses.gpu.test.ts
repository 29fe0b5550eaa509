import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import reference from '../../../tests/fixtures/losses-pytorch.json';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import { stream } from '../../core/random/philox.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import type { NetworkOutputs, NetworkPlan } from '../networks/network.ts';
import { planNetwork } from '../networks/registry.ts';
import { lossFor, type BatchTarget, type Loss, type LossWeights } from './loss.ts';

// Every loss beside PyTorch: losses-pytorch.py made the fixture.
interface Case {
  readonly name: string;
  /** What it is compared with; `code` for variational networks, `own` for CVAE_3D's. */
  readonly kind: 'classes' | 'values' | 'input' | 'code' | 'own';
  readonly leaves: Readonly<Record<string, number[]>>;
  readonly total: number;
  readonly terms: Readonly<Record<string, number>>;
  readonly gradients: Readonly<Record<string, number[]>>;
  readonly labels?: number[];
  readonly width?: number;
  readonly input?: number[];
  readonly weights?: LossWeights;
}

const { batch, spatial, latent, cases } = reference as unknown as {
  readonly batch: number;
  readonly spatial: number[];
  readonly latent: number;
  readonly cases: Case[];
};
const VOLUMES = [batch, ...spatial, 1];
const SCORING = planNetwork('Conv4_FC3', [1, 33, 33, 33], 4, 0);
const MAKING = planNetwork('AE_Conv4_FC3', [1, 33, 33, 33], 0, 0);
const CODED = planNetwork('CVAE_3D_half', [1, 16, 16, 16], 0, 0);
const PLANS: Readonly<Record<Case['kind'], NetworkPlan>> = {
  ...{ classes: SCORING, values: SCORING, input: MAKING, code: CODED },
  own: { ...CODED, name: 'CVAE_3D' },
};

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

function shapeOf({ kind, width = 1, leaves }: Case, leaf: string): number[] {
  if (leaf !== 'output') return [batch, latent];
  const size = leaves['output']?.length ?? 0;
  return kind === 'classes' || kind === 'values' ? [size / width, width] : VOLUMES;
}

function leavesOf(of: Case): Record<string, tf.Tensor> {
  const made = Object.entries(of.leaves).map(([name, values]) => [
    name,
    tf.tensor(values, shapeOf(of, name)),
  ]);
  return Object.fromEntries(made) as Record<string, tf.Tensor>;
}

function targetOf({ labels = [], input = [] }: Case): BatchTarget {
  return { labels, input: input.length === 0 ? tf.zeros([1, 1]) : tf.tensor(input, VOLUMES) };
}

function relative(found: ArrayLike<number>, expected: readonly number[]): number {
  const difference = expected.map((value, i) => (found[i] ?? NaN) - value);
  const norm = (values: readonly number[]) => Math.hypot(...values);
  return norm(difference) / Math.max(norm(expected), 1e-12);
}

describe.each(cases.map((of) => [of.name, of.kind, of] as const))('%s (%s)', (name, kind, of) => {
  const loss: Loss = lossFor(name, PLANS[kind], of.weights);

  test('has the value, the terms and the gradients of PyTorch', async () => {
    const leaves = leavesOf(of);
    const target = targetOf(of);
    poisonRecycledBuffers();
    const { total, terms = {} } = loss.of(leaves as unknown as NetworkOutputs, target);
    const [found] = await total.data();
    expect(Math.abs((found ?? NaN) / of.total - 1)).toBeLessThan(1e-5);
    expect(Object.keys(terms)).toEqual(Object.keys(of.terms));
    for (const [term, value] of Object.entries(of.terms)) {
      const [got] = (await terms[term]?.data()) ?? [];
      expect(Math.abs((got ?? NaN) / value - 1), term).toBeLessThan(1e-5);
    }
    const names = Object.keys(leaves);
    const gradients = tf.grads((...given: tf.Tensor[]) => {
      const outputs = Object.fromEntries(names.map((key, i) => [key, given[i]]));
      return loss.of(outputs as unknown as NetworkOutputs, target).total;
    })(names.map((key) => leaves[key] as tf.Tensor));
    for (const [index, key] of names.entries()) {
      const values = await (gradients[index] as tf.Tensor).data();
      expect(relative(values, of.gradients[key] ?? []), key).toBeLessThan(1e-5);
    }
    tf.dispose([target.input, gradients, total, Object.values(terms), Object.values(leaves)]);
  });

  test('changes with each output as its gradient says', async () => {
    const random = stream(3, `${name} ${kind}`);
    const leaves = leavesOf(of);
    const target = targetOf(of);
    // Along one direction, from far enough that f32 sees it; corners are not crossed.
    const step = 1e-3;
    const direction = Object.fromEntries(
      Object.entries(of.leaves).map(([key, values]) => [
        key,
        values.map((value) => (isNearCorner(of, key, value) ? 0 : random.uniform(-1, 1))),
      ]),
    );
    const moved = async (sign: number) => {
      const outputs = Object.fromEntries(
        Object.entries(of.leaves).map(([key, values]) => {
          const shifted = values.map((v, i) => v + sign * step * (direction[key]?.[i] ?? 0));
          return [key, tf.tensor(shifted, shapeOf(of, key))];
        }),
      );
      const { total } = loss.of(outputs as unknown as NetworkOutputs, target);
      const [value] = await total.data();
      return value ?? NaN;
    };
    const slope = ((await moved(1)) - (await moved(-1))) / (2 * step);
    const expected = Object.entries(of.gradients).reduce(
      (sum, [key, values]) =>
        sum + values.reduce((part, value, i) => part + value * (direction[key]?.[i] ?? 0), 0),
      0,
    );
    const rounding = (2 ** -23 * Math.abs(of.total)) / step;
    expect(Math.abs(slope - expected)).toBeLessThan(2e-3 * Math.abs(expected) + 4 * rounding);
    tf.dispose([target.input, Object.values(leaves)]);
  });
});

/** Close to 0 and 1 a cross-entropy bends too much for a difference of this size. */
function isNearCorner({ kind }: Case, leaf: string, value: number): boolean {
  return kind === 'code' && leaf === 'output' && (value < 0.05 || value > 0.95);
}

describe('a batch in parts', () => {
  test.each(['VAEGaussianLoss', 'VAEContinuousBernoulliLoss', 'MSELoss'])(
    '%s: the losses of the parts, weighted by their shares, are that of the batch',
    async (name) => {
      const of = cases.find((one) => one.name === name && one.kind === 'code') as Case;
      const loss = lossFor(name, CODED, of.weights);
      const whole = leavesOf(of);
      const { input } = targetOf(of);
      let sum = 0;
      for (const [start, count] of [
        [0, 2],
        [2, 1],
      ] as const) {
        const cut = (tensor: tf.Tensor) =>
          tf.reshape(tf.slice(tf.reshape(tensor, [batch, -1]), [start, 0], [count, -1]), [
            count,
            ...tensor.shape.slice(1),
          ]);
        const outputs = Object.fromEntries(
          Object.entries(whole).map(([key, tensor]) => [key, cut(tensor)]),
        );
        const target = { labels: [], input: cut(input), share: count / batch };
        const [value = NaN] = await loss
          .of(outputs as unknown as NetworkOutputs, target)
          .total.data();
        sum += (value * count) / batch;
      }
      expect(Math.abs(sum / of.total - 1)).toBeLessThan(1e-5);
    },
  );
});

describe('a loss that a network cannot be trained with', () => {
  test.each([
    ['MSLoss', SCORING],
    ['CrossEntropyLoss', MAKING],
    ['VAEGaussianLoss', MAKING],
    ['VAEGaussianLoss', SCORING],
  ])('is refused: %s', (name, plan) => {
    expect(() => lossFor(name, plan)).toThrow(/CONFIG_VALUE.*"loss"/);
  });
});

test('logits and probabilities at their limits have finite losses', async () => {
  const logits = lossFor('BCEWithLogitsLoss', SCORING);
  const far = tf.tensor2d([90, -90, 0], [3, 1]);
  const target = { labels: [0, 0, 1], input: tf.zeros([1, 1]) };
  const [value] = await logits.of({ output: far }, target).total.data();
  expect(value).toBeCloseTo((90 + Math.LN2) / 3, 4);
  const sure = tf.tensor([0, 1], [1, 1, 1, 2, 1]);
  const code = { mu: tf.zeros([1, 2]), logVariance: tf.zeros([1, 2]) };
  for (const name of ['VAEBernoulliLoss', 'VAEContinuousBernoulliLoss']) {
    const loss = lossFor(name, CODED);
    const gradient = tf.grad(
      (output: tf.Tensor) => loss.of({ output, ...code }, { labels: [], input: sure }).total,
    );
    expect(Array.from(await gradient(sure).data()).every(Number.isFinite), name).toBe(true);
    const { total } = loss.of({ output: sure, ...code }, { labels: [], input: sure });
    expect(Number.isFinite((await total.data())[0]), name).toBe(true);
  }
});
