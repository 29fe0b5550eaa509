import * as tf from '@tensorflow/tfjs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import { stream } from '../../core/random/philox.ts';
import { archiveBytes } from '../../core/torch/write.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { sizeOf, type Layer } from '../layers/layer.ts';
import { attentionUnet } from '../networks/monai-attention-unet.ts';
import { denseNet121 } from '../networks/monai-densenet.ts';
import { monaiResNet } from '../networks/monai-resnet.ts';
import { seResNet50 } from '../networks/monai-senet.ts';
import { vit } from '../networks/monai-vit.ts';
import { Network, statesOf, type NetworkPlan, type StateValue } from '../networks/network.ts';
import { NETWORKS, planNetwork, type NetworkOptions } from '../networks/registry.ts';
import { resNet3d, squeezeExcitationCnn } from '../networks/resnet-3d.ts';
import { generatorUNet } from '../networks/unet.ts';
import { networkGraph, networkOnnx } from './network-graph.ts';
import { channelsFirst } from './test-vector.ts';

// Every network with random weights and running statistics, in onnxruntime and here.
const BATCH = 2;

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

interface Case {
  readonly name: string;
  readonly plan: () => NetworkPlan;
}

const small = (name: string, size: number[], options: NetworkOptions = {}): Case => ({
  name: `${name} ${size.join('x')} ${JSON.stringify(options)}`,
  plan: () => planNetwork(name, size, 3, 0.5, options),
});
const CODE = { latent_space_size: 5, feature_size: 7, n_conv: 2 };
const RANDOM_BLOCK = { in_channels: null, out_channels: 8, n_conv: 2 };

const NARROW = { block_inplanes: [16, 16, 32, 32] };
const DENSE = { init_features: 16, growth_rate: 8, block_config: [2, 2, 2, 1] };
const VIT = { patch_size: 8, hidden_size: 24, mlp_dim: 32, num_layers: 2, num_heads: 3 };

const CASES: readonly Case[] = [
  small('AE_Conv4_FC3', [1, 35, 9, 12]),
  small('AE_Conv5_FC3', [2, 40, 33]),
  small('CAE_half', [1, 8, 16, 8], CODE),
  small('Conv4_FC3', [1, 37, 9, 10]),
  small('Conv5_FC3', [3, 35, 34]),
  small('Conv5_FC3_SSDA', [1, 33, 4, 5]),
  { name: 'ResNet3D', plan: () => resNet3d([9, 8, 7, 1], 2, 2) },
  { name: 'SqueezeExcitationCNN', plan: () => squeezeExcitationCnn([9, 8, 7, 1], 2, 2) },
  small('Stride_Conv5_FC3', [1, 34, 5, 7]),
  small('resnet18', [3, 33, 40]),
  { name: 'GeneratorUNet', plan: () => generatorUNet([64, 32, 32, 1], 4) },
  small('CVAE_3D', [1, 11, 9, 10], CODE),
  small('CVAE_3D_half', [1, 16, 8, 8], CODE),
  small('CVAE_3D_final_conv', [1, 8, 16, 16], CODE),
  small('Vanilla3DdenseVAE', [1, 9, 11, 8], { ...CODE, normalization: 'group' }),
  small('Vanilla3DspacialVAE', [1, 8, 9, 8], { ...CODE, normalization: 'instance' }),
  small('VanillaDenseVAE', [1, 13, 14], { ...CODE, feature_size: 0 }),
  small('VanillaSpatialVAE', [1, 16, 13], CODE),
  { name: 'MonaiDenseNet121', plan: () => denseNet121([70, 33, 1], 2, 0.3, DENSE) },
  {
    name: 'MonaiResNet10',
    plan: () => monaiResNet('MonaiResNet10', [40, 33, 32, 1], 2, 0.3, NARROW),
  },
  {
    name: 'MonaiResNet18',
    plan: () => monaiResNet('MonaiResNet18', [34, 33, 2], 3, 0, { ...NARROW, shortcut_type: 'A' }),
  },
  { name: 'MonaiResNet34', plan: () => monaiResNet('MonaiResNet34', [40, 38, 1], 1, 0, NARROW) },
  { name: 'MonaiResNet50', plan: () => monaiResNet('MonaiResNet50', [40, 38, 1], 2, 0, NARROW) },
  {
    name: 'MonaiSEResNet50',
    plan: () => seResNet50([36, 33, 40, 1], 2, 0.2, { layers: [1, 1, 1, 2], inplanes: 16 }),
  },
  { name: 'MonaiViT', plan: () => vit([16, 8, 24, 1], 3, 0.1, VIT) },
  { name: 'MonaiAttentionUnet', plan: () => attentionUnet([16, 8, 12, 1], 0.1, [8, 16, 32]) },
  small('RandomArchitecture', [1, 9, 10, 11], {
    convolutions_dict: {
      conv0: { ...RANDOM_BLOCK, d_reduction: 'MaxPooling' },
      conv1: { ...RANDOM_BLOCK, in_channels: 8, d_reduction: 'stride' },
    },
    ...{ n_fcblocks: 2, network_normalization: 'InstanceNorm' },
  }),
];

/** Prime, so that no axis of a weight repeats with it. */
const TABLE = 4093;

/** Random, but from a table, since networks have millions of weights; running statistics as well. */
function randomStates(plan: NetworkPlan): StateValue[] {
  const generator = stream(5, 'onnx test');
  const table = Float32Array.from({ length: TABLE }, () => generator.uniform());
  let at = 0;
  return statesOf(plan).map(({ name, shape, counter = false }) => {
    const [outputs = 1, ...others] = shape;
    const isVector = others.every((length) => length === 1) || outputs === 1;
    const isPositive = /running_var$|weight$/.test(name);
    const bound = isVector ? 0.3 : Math.sqrt(3 / sizeOf(others));
    const [low, high] = isVector && isPositive ? [0.5, 1.5] : [-bound, bound];
    const values = Float32Array.from({ length: sizeOf(shape) }, () => {
      return low + (high - low) * (table[at++ % TABLE] ?? NaN);
    });
    return { name, shape, values: counter ? Float32Array.of(3) : values, counter };
  });
}

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i] ?? NaN));
  return most;
}

test('a layer or a flow without a form in ONNX is refused by name', () => {
  const plan = planNetwork('Conv4_FC3', [1, 33, 4, 4], 2, 0);
  const [first = [], ...others] = plan.sequentials;
  const [convolution, ...behind] = first;
  const without = { ...convolution, kind: 'Novel' } as Layer;
  delete without.toOnnx;
  const odd = { ...plan, sequentials: [[without, ...behind], ...others] };
  expect(() => networkGraph(odd, 'scores')).toThrow(/ONNX_UNSUPPORTED.*Novel/);
  const flowing = { ...plan, flow: (_stages: unknown, output: tf.Tensor) => ({ output }) };
  expect(() => networkGraph(flowing, 'scores')).toThrow(/ONNX_UNSUPPORTED.*Conv4_FC3/);
});

test('all networks of the registry are here', () => {
  const names = CASES.map(({ name }) => name.split(' ')[0]);
  expect(NETWORKS.map(({ name }) => name).filter((name) => !names.includes(name))).toEqual([]);
});

describe.each(CASES)('$name', ({ plan: planned }) => {
  test('gives the same in onnxruntime', async () => {
    const plan = planned();
    // Nothing is drawn: all of it is loaded.
    const network = new Network({ ...plan, drawn: [] }, 3);
    const states = randomStates(plan);
    network.load(states);
    const model = networkGraph(plan, 'main');
    const bytes = archiveBytes(networkOnnx(model, plan, states, 'a test'));

    const generator = stream(6, 'onnx test');
    const shape = [BATCH, ...plan.inputShape];
    const values = Float32Array.from({ length: sizeOf(shape) }, () => generator.uniform());
    poisonRecycledBuffers();
    const ours = new Map<string, Float32Array>();
    const input = tf.tensor(values, shape);
    const results = tf.tidy(() => {
      const kept: tf.NamedTensorMap = { input: channelsFirst(input) };
      for (const [name, tensor] of Object.entries(network.evaluate(input))) {
        kept[name] = channelsFirst(tensor as tf.Tensor);
      }
      return kept;
    });
    for (const [name, tensor] of Object.entries(results)) {
      ours.set(name, (await tensor.data()) as Float32Array);
    }
    const given = results['input']?.shape ?? [];
    tf.dispose([results, input]);
    network.dispose();

    const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
    const theirs = await session.run({
      input: new Tensor('float32', ours.get('input') ?? [], given),
    });
    expect(Object.keys(theirs)).toEqual(model.outputs.map(({ name }) => name));
    for (const { name, of, shape: declared } of model.outputs) {
      const [found, expected] = [theirs[name], ours.get(of) ?? new Float32Array(0)];
      expect(found?.dims, name).toEqual([BATCH, ...declared.slice(1)]);
      const data = found?.data as Float32Array;
      expect(data.length, name).toBe(expected.length);
      const scale = largest(expected);
      expect(scale, name).toBeGreaterThan(1e-3);
      const error = largest(expected.map((value, at) => value - (data[at] ?? NaN)));
      expect(error, name).toBeLessThan(5e-5 * Math.max(1, scale));
    }
    await session.release();
  });
});
