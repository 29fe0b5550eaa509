import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import reference from '../../../tests/fixtures/monai-pytorch.json';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import { errorOf, inputOf, norm, torchs } from '../../../tests/support/torch-samples.ts';
import { readStateDict } from '../../core/torch/state-dict.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { useKernels } from '../kernels/choice.ts';
import { crossEntropy } from '../losses/cross-entropy.ts';
import { attentionUnet } from './monai-attention-unet.ts';
import { denseNet121 } from './monai-densenet.ts';
import { monaiResNet, type MonaiResNet } from './monai-resnet.ts';
import { seResNet50 } from './monai-senet.ts';
import { vit } from './monai-vit.ts';
import { Network, parameterCount, statesOf, type NetworkPlan } from './network.ts';
import { planNetwork } from './registry.ts';

// The networks with MONAI's names, narrow and shallow, beside PyTorch; and in full size their names,
// shapes and numbers. monai-pytorch.py made the fixture.
const BATCH = 2;
const DROPOUT = 0.5;
const KERNELS = 'kernels';
/** For which stock operations take long; the others have all of their layers. */
const SLOW = ['MonaiResNet10', 'MonaiResNet50'];
const pathsOf = (name: string) => (SLOW.includes(name) ? [KERNELS] : [KERNELS, 'stock operations']);

interface Case {
  readonly name: string;
  /** Channels first, without batch. */
  readonly size: number[];
  readonly options: object;
  readonly seed: number;
  readonly start: number;
  readonly parameterCount: number;
  /** Shape, and the digest of the values, or norm and samples. */
  readonly states: Record<string, readonly [number[], string | number[]]>;
  readonly loss: number;
  /** Norm and samples, here and below. */
  readonly training: number[];
  readonly evaluation: number[];
  readonly gradients: Record<string, number[]>;
}

interface FullSize {
  readonly name: string;
  readonly size: number[];
  readonly parameterCount: number;
  readonly states: number;
  /** Of a line `name [shape]` for each state. */
  readonly digest: string;
}

interface Reference {
  readonly cases: Case[];
  readonly full: FullSize[];
  readonly checkpoint: Pick<Case, 'size' | 'evaluation'> & { options: { channels: number[] } };
}

const { cases, full, checkpoint } = reference as unknown as Reference;

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => {
  useKernels(true);
  device.check();
});
afterAll(() => device.close());

function planOf({ name, size, options }: Case): NetworkPlan {
  const [channels = 1, ...spatial] = size;
  const shape = [...spatial, channels];
  if (name === 'MonaiDenseNet121') return denseNet121(shape, 2, DROPOUT, options);
  if (name === 'MonaiSEResNet50') return seResNet50(shape, 2, DROPOUT, options);
  if (name === 'MonaiViT') return vit(shape, 2, DROPOUT, options);
  if (name === 'MonaiAttentionUnet') {
    return attentionUnet(shape, DROPOUT, (options as { channels: number[] }).channels);
  }
  return monaiResNet(name as MonaiResNet, shape, 2, DROPOUT, options);
}

function lossOf(output: tf.Tensor, input: tf.Tensor): tf.Scalar {
  if (output.size !== input.size) return crossEntropy(output as tf.Tensor2D, [0, 1]);
  return tf.mean(tf.square(tf.sub(tf.reshape(output, [-1]), tf.reshape(input, [-1]))));
}

const numbers = async (tensor: tf.Tensor) => (await tensor.data()) as Float32Array;

/** A pass in training, with the gradients of the input and of all parameters, and one in evaluation. */
async function run(network: Network, { size, start }: Case) {
  const fixed = inputOf(size, start, BATCH);
  const input = tf.variable(fixed);
  const parameters = network.parameters();
  const updates = new Map<string, tf.Tensor>();
  let output: tf.Tensor | undefined;
  const { value, grads } = tf.variableGrads(() => {
    const made = network.trainAll(input, tf.ones, updates).output;
    output = tf.keep(torchs(made));
    return lossOf(made, fixed);
  }, [input, ...parameters.values()]);
  network.commit(updates);
  const gradients = new Map<string, Float32Array>();
  const ofInput = grads[input.name];
  if (ofInput !== undefined) gradients.set('input', await numbers(torchs(ofInput)));
  for (const [name, variable] of parameters) {
    const gradient = grads[variable.name];
    if (gradient !== undefined) gradients.set(name, await network.exportLike(name, gradient));
  }
  const training = await numbers(output as tf.Tensor);
  const evaluated = tf.tidy(() => torchs(network.evaluate(fixed).output));
  const evaluation = await numbers(evaluated);
  const loss = (await value.data())[0] ?? NaN;
  tf.dispose([fixed, input, value, grads, evaluated, output as tf.Tensor]);
  return { training, evaluation, gradients, loss };
}

/** A gradient of less than this share of the largest is held against that share. */
const SMALL = 1e-3;

describe.each(cases)('$name on $size', (expected) => {
  const plan = planOf(expected);

  test('begins with the states that PyTorch draws', async () => {
    expect(parameterCount(plan)).toBe(expected.parameterCount);
    const network = new Network(plan, expected.seed);
    const states = await network.state();
    network.dispose();
    expect(states.map(({ name }) => name)).toEqual(Object.keys(expected.states));
    for (const { name, shape, values } of states) {
      const [theirShape, theirs] = expected.states[name] as [number[], string | number[]];
      expect(shape, name).toEqual(theirShape);
      if (typeof theirs === 'string') {
        const digest = createHash('sha256').update(values).digest('hex').slice(0, 12);
        expect(digest, name).toBe(theirs);
      } else
        expect(norm(values) === 0 ? theirs[0] : errorOf(values, theirs), name).toBeLessThan(5e-6);
    }
  });

  test.each(pathsOf(expected.name))('computes what PyTorch computes by %s', async (path) => {
    useKernels(path === KERNELS);
    poisonRecycledBuffers();
    const network = new Network(plan, expected.seed);
    const found = await run(network, expected);
    network.dispose();
    const errors: [string, number][] = [
      ['loss', Math.abs(found.loss / expected.loss - 1)],
      ['training', errorOf(found.training, expected.training)],
      ['evaluation', errorOf(found.evaluation, expected.evaluation)],
    ];
    const gradients = Object.entries(expected.gradients);
    const largest = Math.max(...gradients.map(([, [size = 0]]) => size));
    for (const [name, samples] of gradients) {
      const gradient = found.gradients.get(name) ?? new Float32Array(0);
      // A bias before a normalisation has none.
      const isNone = (samples[0] ?? 0) < 1e-10 * largest;
      const error = isNone ? norm(gradient) / largest : errorOf(gradient, samples, SMALL * largest);
      errors.push([name, error]);
    }
    // And none of what PyTorch has none of.
    expect([...found.gradients.keys()].sort()).toEqual(gradients.map(([name]) => name).sort());
    const worst = errors.sort(([, a], [, b]) => b - a);
    expect(worst.filter(([, error]) => !(error < 1e-4))).toEqual([]);
  });
});

test('takes the weights of a checkpoint of PyTorch, saved by DataParallel', async () => {
  const { size, options, evaluation } = checkpoint;
  const [channels = 1, ...spatial] = size;
  const network = new Network(attentionUnet([...spatial, channels], 0, options.channels), 99);
  const path = new URL('../../../tests/fixtures/monai-attention-unet.pt', import.meta.url);
  const weights = readStateDict(new Uint8Array(readFileSync(path)));
  const values = [...weights].map(([name, tensor]) => ({
    ...{ name, shape: tensor.shape, values: tensor.toFloat32() },
    counter: tensor.dtype === 'int64',
  }));
  network.load(values);
  const input = inputOf(size, 0, BATCH);
  const output = tf.tidy(() => torchs(network.evaluate(input).output));
  expect(errorOf(await numbers(output), evaluation)).toBeLessThan(1e-4);
  tf.dispose([input, output]);
  network.dispose();
});

test.each(full)('$name in full size has the names, shapes and numbers of PyTorch', (expected) => {
  const plan = planNetwork(expected.name, expected.size, 2, 0);
  const states = statesOf(plan);
  expect(parameterCount(plan)).toBe(expected.parameterCount);
  expect(states).toHaveLength(expected.states);
  const lines = states.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join('\n');
  const digest = createHash('sha256').update(lines).digest('hex').slice(0, 16);
  expect(digest).toBe(expected.digest);
});
