import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import reference from '../../../tests/fixtures/interpret-pytorch.json';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { useKernels } from '../kernels/choice.ts';
import { sizeOf } from '../layers/layer.ts';
import { Network, statesOf, type NetworkPlan } from '../networks/network.ts';
import { planNetwork } from '../networks/registry.ts';
import { resNet3d, squeezeExcitationCnn } from '../networks/resnet-3d.ts';
import { gradCam, levelOf } from './grad-cam.ts';
import { gradientMap, guidedMap } from './gradients.ts';
import { mapBy, refuseUnexplainable, type Method } from './methods.ts';
import { occlusionMap } from './occlusion.ts';
import { integratedGradients, smoothGrad } from './path-gradients.ts';
import type { CamForm } from './class-activation.ts';
import type { ElementMap, Subject } from './subject.ts';

// Every method beside PyTorch: interpret-pytorch.py made the fixture, and says how weights, input and
// noise are chosen.
interface Case {
  readonly name: string;
  readonly size: number[];
  readonly target: number;
  readonly scores: number[];
  readonly baselineScore: number;
  /** Norm and samples. */
  readonly maps: Record<string, number[]>;
}

const cases = (reference as unknown as { cases: Case[] }).cases;
const never = new AbortController().signal;
const BASELINE = 0.1;
const CUBE = { size: 5, stride: 3, value: 0.2 };

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => {
  useKernels(true);
});
afterAll(() => device.close());

function planOf({ name, size, scores }: Case): NetworkPlan {
  const [channels = 1, ...spatial] = size;
  const shape = [...spatial, channels];
  if (name === 'ResNet3D') return resNet3d(shape, scores.length, 2);
  if (name === 'SqueezeExcitationCNN') return squeezeExcitationCnn(shape, scores.length, 2);
  return planNetwork(name, size, scores.length, 0.5);
}

/** The closed forms of interpret-pytorch.py. */
function filled(plan: NetworkPlan): Network {
  const network = new Network(plan, 0);
  const values = statesOf(plan).map(({ name, shape, counter }, k) => {
    const weight = Math.sqrt((6 * (shape[0] ?? 1)) / sizeOf(shape));
    const value = (i: number) => {
      if (name.endsWith('running_var')) return 0.75 + 0.5 * Math.cos(1.1 * i + k) ** 2;
      if (name.endsWith('running_mean')) return 0.1 * Math.sin(i + k);
      if (name.endsWith('bias')) return 0.1 * Math.sin(0.7 * i + k);
      if (shape.length === 1) return 1 + 0.3 * Math.sin(i + k);
      return weight * Math.sin(i * i * 0.013 + i * 1.7 + k);
    };
    const numbers = Float32Array.from({ length: sizeOf(shape) }, (_, i) => value(i));
    return { name, shape, values: numbers, counter: counter === true };
  });
  network.load(values);
  return network;
}

/** From PyTorch's order, channels slowest, to ours, or back. */
function reordered(values: ArrayLike<number>, channels: number, toOurs: boolean): Float32Array {
  const voxels = values.length / channels;
  return Float32Array.from(values, (_, i) => {
    const [slow, fast] = toOurs ? [voxels, channels] : [channels, voxels];
    // Place i of the result, seen from where it was.
    return values[(i % fast) * slow + Math.floor(i / fast)] ?? NaN;
  });
}

function subjectOf(expected: Case, network: Network, batchSize?: number): Subject {
  const [channels = 1, ...spatial] = expected.size;
  const value = (i: number) => Math.sin(i * 0.37) * 0.5 + 0.5 + 0.3 * Math.cos(i * i * 1e-3);
  const theirs = Float32Array.from({ length: sizeOf(expected.size) }, (_, i) => value(i));
  return {
    ...{ device, network, target: expected.target, signal: never, batchSize },
    element: reordered(theirs, channels, true),
    shape: [...spatial, channels],
  };
}

/** All that the fixture has of a network, by name. */
async function mapsOf(expected: Case, subject: Subject): Promise<Map<string, ElementMap>> {
  const channels = expected.size[0] ?? 1;
  const normals = (sample: number, length: number) =>
    reordered(
      Float32Array.from({ length }, (_, i) => Math.cos(1.7 * i * (sample + 1))),
      channels,
      true,
    );
  const found = new Map<string, ElementMap>();
  for (const name of Object.keys(expected.maps)) {
    const [form, level] = name.split(' ');
    if (level !== undefined) {
      found.set(name, await gradCam(subject, { form: form as CamForm, level: Number(level) }));
    }
  }
  found.set('gradients', await gradientMap(subject));
  const path = { steps: 6, baseline: BASELINE };
  found.set('integrated-gradients', await integratedGradients(subject, path));
  found.set('smoothgrad', await smoothGrad(subject, { samples: 5, noise: 0.15, normals }));
  if ('guided-backpropagation' in expected.maps) {
    found.set('guided-backpropagation', await guidedMap(subject));
  }
  found.set('occlusion', await occlusionMap(subject, CUBE));
  return found;
}

function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] ?? NaN) ** 2;
  return Math.sqrt(sum);
}

/** The larger of the errors of the norm and of the samples, relative to the norm of as many. */
function errorOf(values: Float32Array, [size = NaN, ...samples]: readonly number[]): number {
  const distance = Math.max(1, Math.floor(values.length / samples.length));
  const taken = values.filter((_, i) => i % distance === 0).slice(0, samples.length);
  const missed = norm(samples.map((sample, i) => sample - (taken[i] ?? NaN)));
  const share = size * Math.sqrt(samples.length / values.length);
  return Math.max(Math.abs(norm(values) - size) / size, missed / share);
}

/** Stock operations are the reference of our kernels elsewhere: here two networks are enough. */
const pathsOf = ({ name, size }: Case) =>
  size.length === 3 || name.startsWith('Stride') ? ['kernels', 'stock operations'] : ['kernels'];

describe.each(cases)('$name on $size', (expected) => {
  test.each(pathsOf(expected))('explains as PyTorch does, by %s', async (path) => {
    useKernels(path === 'kernels');
    const network = filled(planOf(expected));
    poisonRecycledBuffers();
    const found = await mapsOf(expected, subjectOf(expected, network, 4));
    network.dispose();
    expect([...found.keys()].sort()).toEqual(Object.keys(expected.maps).sort());
    const errors: [string, number][] = [];
    for (const [name, { values, channels, scores }] of found) {
      const theirs = expected.maps[name] ?? [];
      errors.push([name, errorOf(reordered(values, channels, false), theirs)]);
      scores.forEach((score, i) => expect(score).toBeCloseTo(expected.scores[i] ?? NaN, 4));
    }
    expect(errors.filter(([, error]) => !(error < 1e-4))).toEqual([]);
  });
});

const [volumes, images] = cases as [Case, Case];

test('integrated gradients are complete, the more so the more steps', async () => {
  const network = filled(planOf(volumes));
  const subject = subjectOf(volumes, network);
  const difference = (volumes.scores[volumes.target] ?? NaN) - volumes.baselineScore;
  const missed: number[] = [];
  for (const steps of [2, 16, 128]) {
    const map = await integratedGradients(subject, { steps, baseline: BASELINE });
    const sum = map.values.reduce((all, value) => all + value, 0);
    expect(map.difference).toBeCloseTo(difference, 4);
    missed.push(Math.abs(sum - difference) / Math.abs(difference));
  }
  network.dispose();
  const [few = NaN, more = NaN, many = NaN] = missed;
  expect(more).toBeLessThan(few / 4);
  expect(many).toBeLessThan(more);
  expect(many).toBeLessThan(1e-2);
});

const EVERY: readonly Method[] = [
  { method: 'gradients' },
  { method: 'guided-backpropagation' },
  { method: 'grad-cam', form: 'clinicadl' },
  { method: 'grad-cam', form: 'paper', level: 3 },
  { method: 'grad-cam++' },
  { method: 'integrated-gradients', steps: 3, baseline: 0 },
  { method: 'smoothgrad', samples: 3, noise: 0.15, seed: 7 },
  { method: 'occlusion', size: 18, stride: 18, value: 0 },
];

test('without a level the last feature maps of more than one voxel are taken', () => {
  // A mean over the whole map is the ninth layer of resnet18.
  expect(levelOf(planNetwork('resnet18', [3, 40, 36], 2, 0), undefined)).toBe(8);
  expect(levelOf(planOf(volumes), undefined)).toBe(20);
});

test.each(EVERY)('$method leaves no tensor behind', async (method) => {
  const network = filled(planOf(images));
  const subject = subjectOf(images, network, 2);
  await mapBy(method, subject);
  const before = tf.memory().numTensors;
  for (let round = 0; round < 5; round++) await mapBy(method, subject);
  expect(tf.memory().numTensors).toBe(before);
  network.dispose();
});

test.each(EVERY)('$method does not depend on how many variants go at once', async (method) => {
  const network = filled(planOf(images));
  const [alone, together] = [1, 3].map((size) => subjectOf(images, network, size)) as [
    Subject,
    Subject,
  ];
  const first = await mapBy(method, alone);
  const second = await mapBy(method, together);
  network.dispose();
  const missed = first.values.map((value, i) => value - (second.values[i] ?? NaN));
  expect(norm(missed) / norm(first.values)).toBeLessThan(1e-5);
  expect(norm(first.values)).toBeGreaterThan(0);
});

test('the noise of SmoothGrad follows its seed', async () => {
  const network = filled(planOf(images));
  const subject = subjectOf(images, network);
  const smooth = async (seed: number) =>
    (await mapBy({ method: 'smoothgrad', samples: 2, noise: 0.15, seed }, subject)).values;
  const first = await smooth(7);
  expect(await smooth(7)).toEqual(first);
  expect(await smooth(8)).not.toEqual(first);
  network.dispose();
});

const blocks = {
  conv0: { in_channels: null, out_channels: 4, n_conv: 2, d_reduction: 'MaxPooling' },
  conv1: { in_channels: 4, out_channels: 8, n_conv: 1, d_reduction: 'stride' },
} as const;
const random = {
  convolutions_dict: blocks,
  n_fcblocks: 2,
  network_normalization: 'InstanceNorm',
} as const;

test.each([
  ['Conv5_FC3', [1, 40, 36], 20, [1, 4, 7, 18]],
  ['Conv5_FC3_SSDA', [1, 36, 9, 8], 20, [4, 19]],
  ['Stride_Conv5_FC3', [1, 40, 36], 15, [2, 9]],
  ['RandomArchitecture', [1, 12, 10, 9], 2, [1, 2]],
] as const)('%s is the same network run up to a layer and on', async (name, size, last, levels) => {
  const network = new Network(planNetwork(name, size, 2, 0.5, random), 3);
  const [channels, ...spatial] = size;
  const element = Float32Array.from({ length: sizeOf(size) }, (_, i) => Math.sin(i * 0.37) + 0.5);
  const input = tf.tensor(element, [1, ...spatial, channels]);
  const whole = await network.predict(input).data();
  const gradient = tf.grad((x: tf.Tensor) => tf.sum(network.predict(x)))(input);
  expect(levelOf(network.plan, undefined)).toBe(last);
  for (const level of levels) {
    const { features } = network.evaluateAt(input, level);
    // Whatever comes in, the features decide.
    const found = network.evaluateAt(tf.zerosLike(input), level, features).outputs.output;
    (await found.data()).forEach((score, i) => expect(score).toBeCloseTo(whole[i] ?? NaN, 4));
    const through = tf.grad((x: tf.Tensor) => {
      const first = network.evaluateAt(x, level).features;
      return tf.sum(network.evaluateAt(x, level, first).outputs.output);
    })(input);
    const missed = tf.norm(tf.sub(tf.reshape(through, [-1]), tf.reshape(gradient, [-1])));
    const size = (await tf.norm(tf.reshape(gradient, [-1])).data())[0] ?? NaN;
    expect(((await missed.data())[0] ?? NaN) / size, `level ${level}`).toBeLessThan(1e-5);
  }
  network.dispose();
});

test.each([
  [
    { method: 'guided-backpropagation' },
    resNet3d([13, 11, 10, 1], 2, 2),
    0,
    'INTERPRET_METHOD',
    'ELU',
  ],
  [
    { method: 'guided-backpropagation' },
    planNetwork('RandomArchitecture', [1, 12, 10, 9], 2, 0.5, random),
    ...[0, 'INTERPRET_METHOD', 'LeakyReLU'],
  ],
  [
    { method: 'gradients' },
    planNetwork('AE_Conv4_FC3', [1, 40, 36], 0, 0),
    0,
    'INTERPRET_METHOD',
    'volumes',
  ],
  [{ method: 'gradients' }, planOf(volumes), 2, 'CONFIG_VALUE', 'target_node'],
  [{ method: 'grad-cam', form: 'paper', level: 21 }, planOf(volumes), 0, 'CONFIG_VALUE', '1 to 20'],
  [{ method: 'grad-cam++', level: 0 }, planOf(volumes), 0, 'CONFIG_VALUE', 'level_grad_cam'],
  [
    { method: 'occlusion', size: 2, stride: 3, value: 0 },
    planOf(volumes),
    0,
    'CONFIG_VALUE',
    'at most',
  ],
] as [Method, NetworkPlan, number, string, string][])(
  '%o is refused where it makes no sense',
  (method, plan, target, code, words) => {
    let thrown: unknown;
    try {
      refuseUnexplainable(method, plan, target);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code });
    expect(String(thrown)).toContain(words);
  },
);
