import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import reference from '../../../tests/fixtures/networks-pytorch.json';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import {
  errorOf,
  inputOf,
  norm,
  ours,
  read,
  torchs,
} from '../../../tests/support/torch-samples.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { useKernels } from '../kernels/choice.ts';
import { sizeOf } from '../layers/layer.ts';
import { crossEntropy } from '../losses/cross-entropy.ts';
import { Network, parameterCount, type NetworkOutputs, type NetworkPlan } from './network.ts';
import { planNetwork, type NetworkOptions } from './registry.ts';
import { resNet3d, squeezeExcitationCnn } from './resnet-3d.ts';
import { generatorUNet } from './unet.ts';

// Every network beside PyTorch: networks-pytorch.py made the fixture, and says how inputs, dropout
// and the numbers of variational codes are chosen.
const BATCH = 2;
const LABELS = [0, 1];
const REVERSAL = 0.3;

interface Case {
  readonly name: string;
  readonly size: number[];
  readonly seed: number;
  /** Place of the input's first number. */
  readonly start?: number;
  readonly options: object;
  readonly parameterCount: number;
  /** Shape, and the digest of the values, or norm and samples. */
  readonly states: Record<string, readonly [number[], string | number[]]>;
  readonly loss?: number;
  /** Norm and samples, here and below. */
  readonly training?: Record<string, number[]>;
  readonly evaluation?: Record<string, number[]>;
  readonly gradients?: Record<string, number[]>;
}

const cases = (reference as unknown as { cases: Case[] }).cases;
const NONE = new Float32Array(0);
const KERNELS = 'kernels';
/** Many channels, for which stock operations take long; layers.gpu.test.ts has all of their layers. */
const SLOW = ['resnet18', 'CVAE_3D', 'CVAE_3D_half', 'CAE_half', 'GeneratorUNet'];

/** By our kernels, and where that is quick by stock operations. */
function pathsOf({ name, gradients }: Case): string[] {
  const isSlow = SLOW.includes(name) || gradients === undefined;
  return isSlow ? [KERNELS] : [KERNELS, 'stock operations'];
}

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => {
  useKernels(true);
  device.check();
});
afterAll(() => device.close());

/** With the options that the registry does not have, which make a network small. */
function planOf({ name, size, options }: Case): NetworkPlan {
  const [channels = 1, ...spatial] = size;
  const shape = [...spatial, channels];
  const { width, levels } = options as { width?: number; levels?: number };
  if (width !== undefined) return generatorUNet(shape, width);
  if (levels === undefined) return planNetwork(name, size, 2, 0.5, options as NetworkOptions);
  return (name === 'ResNet3D' ? resNet3d : squeezeExcitationCnn)(shape, 2, levels);
}

const normal = (shape: number[]) =>
  ours(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.cos(1.7 * i)),
    shape,
  );

function lossOf(outputs: NetworkOutputs, input: tf.Tensor): tf.Scalar {
  const flat = (tensor: tf.Tensor) => tf.reshape(tensor, [-1]);
  const { output, target, domain, mu, logVariance } = outputs;
  if (output.size !== input.size) {
    const score = (scores: tf.Tensor) => crossEntropy(scores as tf.Tensor2D, LABELS);
    const heads: [tf.Tensor | undefined, number][] = [
      [target, 0.5],
      [domain, 0.1],
    ];
    return heads.reduce<tf.Scalar>(
      (sum, [head, weight]) =>
        head === undefined ? sum : tf.add(sum, tf.mul(score(head), tf.scalar(weight))),
      score(output),
    );
  }
  const error = tf.mean(tf.square(tf.sub(flat(output), flat(input))));
  if (mu === undefined || logVariance === undefined) return error as tf.Scalar;
  const code = tf.add(tf.mean(tf.square(flat(mu))), tf.mean(tf.exp(flat(logVariance))));
  return tf.add(error, tf.mul(code, tf.scalar(0.1)));
}

/** One pass in training, with gradients by parameter, and one in evaluation after it. */
async function run(network: Network, expected: Case) {
  const input = inputOf(expected.size, expected.start ?? 0, BATCH);
  const parameters = network.parameters();
  const updates = new Map<string, tf.Tensor>();
  const kept = new Map<string, tf.Tensor>();
  const score = () => {
    const outputs = network.trainAll(input, tf.ones, updates, { normal, reversal: REVERSAL });
    for (const [name, tensor] of Object.entries(outputs)) kept.set(name, tf.keep(torchs(tensor)));
    return lossOf(outputs, input);
  };
  const { value, grads } =
    expected.gradients === undefined
      ? { value: tf.tidy(score), grads: {} as tf.NamedTensorMap }
      : tf.variableGrads(score, [...parameters.values()]);
  network.commit(updates);
  const gradients = new Map<string, Float32Array>();
  for (const [name, variable] of parameters) {
    const gradient = grads[variable.name];
    if (gradient !== undefined) gradients.set(name, await network.exportLike(name, gradient));
  }
  const training = await read(Object.fromEntries(kept));
  const evaluated = tf.tidy(() => {
    const outputs: tf.NamedTensorMap = {};
    for (const [name, tensor] of Object.entries(network.evaluate(input))) {
      outputs[name] = torchs(tensor as tf.Tensor);
    }
    return outputs;
  });
  const evaluation = await read(evaluated);
  const loss = (await value.data())[0] ?? NaN;
  tf.dispose([input, value, grads, [...kept.values()], evaluated]);
  return { training, evaluation, gradients, loss };
}

/** A gradient of less than this share of the largest is held against that share. */
const SMALL = 1e-3;

describe.each(cases)('$name on $size', (expected) => {
  const plan = planOf(expected);
  /** Fresh, for the next test. */
  let network: Network | undefined;
  const fresh = () => {
    const made = network ?? new Network(plan, expected.seed);
    network = undefined;
    return made;
  };
  afterAll(() => network?.dispose());

  test('begins with the states that PyTorch draws', async () => {
    expect(parameterCount(plan)).toBe(expected.parameterCount);
    network = new Network(plan, expected.seed);
    const states = await network.state();
    expect(states.map(({ name }) => name)).toEqual(Object.keys(expected.states));
    for (const { name, shape, values } of states) {
      const [theirShape, theirs] = expected.states[name] as [number[], string | number[]];
      expect(shape, name).toEqual(theirShape);
      if (typeof theirs === 'string') {
        const digest = createHash('sha256').update(values).digest('hex').slice(0, 12);
        expect(digest, name).toBe(theirs);
      } else expect(errorOf(values, theirs), name).toBeLessThan(5e-6);
    }
  });

  if (expected.training === undefined) return;

  test.each(pathsOf(expected))('computes what PyTorch computes by %s', async (path) => {
    useKernels(path === KERNELS);
    poisonRecycledBuffers();
    const made = fresh();
    const found = await run(made, expected);
    made.dispose();
    const errors: [string, number][] = [
      ['loss', Math.abs(found.loss / (expected.loss ?? NaN) - 1)],
    ];
    for (const mode of ['training', 'evaluation'] as const) {
      const outputs = Object.entries(expected[mode] ?? {});
      expect([...found[mode].keys()].sort()).toEqual(outputs.map(([name]) => name).sort());
      for (const [name, samples] of outputs) {
        errors.push([`${mode} ${name}`, errorOf(found[mode].get(name) ?? NONE, samples)]);
      }
    }
    const gradients = Object.entries(expected.gradients ?? {});
    const largest = Math.max(...gradients.map(([, [size = 0]]) => size));
    for (const [name, samples] of gradients) {
      const gradient = found.gradients.get(name) ?? NONE;
      // A bias before a normalisation has none.
      const isNone = (samples[0] ?? 0) < 1e-10 * largest;
      const error = isNone ? norm(gradient) / largest : errorOf(gradient, samples, SMALL * largest);
      errors.push([name, error]);
    }
    // And none of what PyTorch has none of.
    if (gradients.length > 0) expect(found.gradients.size).toBe(gradients.length);
    const worst = errors.sort(([, a], [, b]) => b - a);
    expect(worst.filter(([, error]) => !(error < 1e-4))).toEqual([]);
  });
});
