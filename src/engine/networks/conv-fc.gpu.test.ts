import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import reference from '../../../tests/fixtures/conv-fc-pytorch.json';
import { openTestDevice } from '../../../tests/support/gpu.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { gradientMap } from '../interpret/gradients.ts';
import { crossEntropy } from '../losses/cross-entropy.ts';
import { Optimizer } from '../optimizers/optimizer.ts';
import { Network, parameterCount } from './network.ts';
import { planNetwork } from './registry.ts';

// The fixture was made with PyTorch: fresh networks from a seed, four steps, then evaluation. The
// input is asymmetric in every axis, so a swapped axis cannot pass.
const NAMES: Record<string, string> = { '50,40': 'Conv4_FC3', '1300,50': 'Conv5_FC3' };
const LABELS = [0, 1, 1];

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterAll(() => device.close());

/** PyTorch's `[B, C, ...spatial]` values, as `[B, ...spatial, C]`. */
function input(channels: number, spatial: readonly number[]): Float32Array {
  const voxels = spatial.reduce((product, length) => product * length, 1);
  const values = new Float32Array(LABELS.length * channels * voxels);
  for (let i = 0; i < values.length; i++) {
    const value = Math.sin(i * 0.37) * 0.5 + 0.5 + 0.3 * Math.cos(i * i * 1e-3);
    const voxel = i % voxels;
    const channel = Math.floor(i / voxels) % channels;
    const row = Math.floor(i / voxels / channels);
    values[(row * voxels + voxel) * channels + channel] = value;
  }
  return values;
}

function norm(values: ArrayLike<number>): number {
  return Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));
}

describe.each(reference.cases)('$hidden on $spatial, $channels channel(s)', (expected) => {
  const name = NAMES[expected.hidden.join()] as string;
  const plan = planNetwork(name, [expected.channels, ...expected.spatial], 2, 0);

  test('has as many parameters as in PyTorch', () => {
    expect(parameterCount(plan)).toBe(expected.parameterCount);
  });

  test('starts, trains, evaluates and explains as in PyTorch', async () => {
    const network = new Network(plan, expected.seed);
    const optimizer = new Optimizer('Adam', 1e-3, 1e-2);
    const values = input(expected.channels, expected.spatial);
    const shape = [...expected.spatial, expected.channels];
    const x = tf.tensor(values, [LABELS.length, ...shape]);
    const losses: number[] = [];
    for (let step = 0; step < expected.losses.length; step++) {
      const updates = new Map<string, tf.Tensor>();
      const parameters = network.parameters();
      const { value, grads } = tf.variableGrads(
        () => crossEntropy(network.train(x, tf.ones, updates), LABELS),
        [...parameters.values()],
      );
      const gradients: tf.NamedTensorMap = {};
      for (const [key, variable] of parameters) {
        gradients[key] = grads[variable.name] as tf.Tensor;
      }
      if (step === 0) {
        for (const [key, size] of Object.entries(expected.gradientNorms)) {
          const found = norm(await (gradients[key] as tf.Tensor).data());
          // Before a batch normalisation a bias has no gradient but rounding noise.
          const noise = key.startsWith('convolutions') && key.endsWith('.bias') && size < 1e-4;
          if (!noise) expect(found / size, `gradient of ${key}`).toBeCloseTo(1, 3);
        }
      }
      network.commit(updates);
      optimizer.apply(parameters, gradients);
      losses.push((await value.data())[0] ?? NaN);
      tf.dispose([value, grads]);
    }
    for (const [step, loss] of expected.losses.entries()) {
      expect(losses[step], `loss of step ${step}`).toBeCloseTo(loss, 4);
    }
    for (const state of await network.state()) {
      const size = (expected.stateNorms as unknown as Record<string, number>)[state.name] ?? NaN;
      expect(norm(state.values), state.name).toBeCloseTo(size, 2 - Math.log10(Math.max(size, 1)));
    }
    const scores = await network.predict(x).data();
    for (const [index, score] of expected.evalScores.entries()) {
      expect(scores[index]).toBeCloseTo(score, 3);
    }
    const first = values.slice(0, values.length / LABELS.length);
    const never = new AbortController().signal;
    const subject = { device, network, element: first, shape, target: 1, signal: never };
    const { values: gradient } = await gradientMap(subject);
    const size = norm(gradient);
    expect(size / expected.inputGradientNorm).toBeCloseTo(1, 2);
    const voxels = gradient.length / expected.channels;
    const stride = Math.floor(gradient.length / 40);
    let difference = 0;
    for (const [index, value] of expected.inputGradient.entries()) {
      const place = index * stride;
      const ours = gradient[(place % voxels) * expected.channels + Math.floor(place / voxels)];
      difference += ((ours ?? NaN) - value) ** 2;
    }
    expect(Math.sqrt(difference) / norm(expected.inputGradient)).toBeLessThan(2e-2);
    network.dispose();
    optimizer.dispose();
    tf.dispose(x);
    device.check();
  });
});

test('refuses an input that five poolings reduce to one voxel', () => {
  expect(() => planNetwork('Conv5_FC3', [1, 1, 1, 1], 2, 0)).toThrow(/NETWORK_INPUT/);
});

test.each([
  ['Conv5_FC3', [1, 169, 208, 179], 42_293_972],
  ['Conv4_FC3', [1, 169, 208, 179], 1_909_692],
  ['Conv5_FC3', [1, 50, 50, 50], 1_692_372],
  ['Conv4_FC3', [1, 50, 50, 50], 348_092],
  ['Conv5_FC3', [3, 208, 179], 7_154_132],
] as const)('%s on %s has the published number of parameters', (name, size, count) => {
  expect(parameterCount(planNetwork(name, size, 2, 0))).toBe(count);
});
