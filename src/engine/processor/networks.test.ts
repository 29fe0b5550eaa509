import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import monai from '../../../tests/fixtures/monai-pytorch.json';
import reference from '../../../tests/fixtures/networks-pytorch.json';
import { errorOf, inputOf, ours, read, torchs } from '../../../tests/support/torch-samples.ts';
import { EngineDevice } from '../device/engine-device.ts';
import { sizeOf } from '../layers/layer.ts';
import { attentionUnet } from '../networks/monai-attention-unet.ts';
import { denseNet121 } from '../networks/monai-densenet.ts';
import { monaiResNet, type MonaiResNet } from '../networks/monai-resnet.ts';
import { seResNet50 } from '../networks/monai-senet.ts';
import { vit } from '../networks/monai-vit.ts';
import { Network, type NetworkPlan } from '../networks/network.ts';
import { planNetwork, type NetworkOptions } from '../networks/registry.ts';
import { resNet3d, squeezeExcitationCnn } from '../networks/resnet-3d.ts';
import { generatorUNet } from '../networks/unet.ts';

// Every network without WebGPU, beside PyTorch: the fixtures of networks.gpu.test.ts and
// monai.gpu.test.ts, whose evaluation follows one pass in training.
const BATCH = 2;
const DROPOUT = 0.5;

interface Case {
  readonly name: string;
  /** Channels first. */
  readonly size: number[];
  readonly seed: number;
  readonly start?: number;
  readonly options: object;
  /** Norm and samples, by output; of the networks with MONAI's names the only one. */
  readonly evaluation?: Record<string, number[]> | number[];
}

const all = [
  ...(reference as unknown as { cases: Case[] }).cases,
  ...(monai as unknown as { cases: Case[] }).cases,
];
/** Whose layers the others have, too; these take from five seconds to half a minute. */
const SLOW = [
  ...['resnet18 3,40,36', 'ResNet3D 1,63,64,65', 'SqueezeExcitationCNN 1,63,64,65'],
  ...['AE_Conv5_FC3 1,33,20,18', 'Vanilla3DdenseVAE 1,34,17,32', 'GeneratorUNet 1,64,64,32'],
  ...['CVAE_3D 1,9,16,10', 'CVAE_3D_half 1,8,16,16', 'CVAE_3D_final_conv 1,8,16,16'],
  ...['CAE_half 1,8,16,16', 'Vanilla3DspacialVAE 1,34,33,32', 'MonaiResNet50 1,36,33,34'],
];
const cases = all.filter(
  ({ evaluation, name, size }) =>
    evaluation !== undefined && !SLOW.includes(`${name} ${size.join()}`),
);

beforeAll(async () => {
  await EngineDevice.open(undefined);
});

function planOf({ name, size, options }: Case): NetworkPlan {
  const [channels = 1, ...spatial] = size;
  const shape = [...spatial, channels];
  const { width, levels } = options as { width?: number; levels?: number };
  if (width !== undefined) return generatorUNet(shape, width);
  if (levels !== undefined) {
    return (name === 'ResNet3D' ? resNet3d : squeezeExcitationCnn)(shape, 2, levels);
  }
  if (name === 'MonaiDenseNet121') return denseNet121(shape, 2, DROPOUT, options);
  if (name === 'MonaiSEResNet50') return seResNet50(shape, 2, DROPOUT, options);
  if (name === 'MonaiViT') return vit(shape, 2, DROPOUT, options);
  if (name === 'MonaiAttentionUnet') {
    return attentionUnet(shape, DROPOUT, (options as { channels: number[] }).channels);
  }
  if (name.startsWith('Monai')) {
    return monaiResNet(name as MonaiResNet, shape, 2, DROPOUT, options);
  }
  return planNetwork(name, size, 2, DROPOUT, options as NetworkOptions);
}

const normal = (shape: number[]) =>
  ours(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.cos(1.7 * i)),
    shape,
  );

test.each(cases)('$name on $size says what PyTorch says', async (expected) => {
  const network = new Network(planOf(expected), expected.seed);
  const input = inputOf(expected.size, expected.start ?? 0, BATCH);
  const updates = new Map<string, tf.Tensor>();
  tf.tidy(() => void network.trainAll(input, tf.ones, updates, { normal, reversal: 1 }));
  network.commit(updates);
  const found = await read(
    tf.tidy(() =>
      Object.fromEntries(
        Object.entries(network.evaluate(input)).map(([name, tensor]) => [
          name,
          torchs(tensor as tf.Tensor),
        ]),
      ),
    ),
  );
  network.dispose();
  const { evaluation = {} } = expected;
  const outputs = Array.isArray(evaluation) ? { output: evaluation } : evaluation;
  for (const [name, samples] of Object.entries(outputs)) {
    expect(errorOf(found.get(name) ?? new Float32Array(0), samples), name).toBeLessThan(1e-4);
  }
});
