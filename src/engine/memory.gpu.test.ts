import * as tf from '@tensorflow/tfjs';
import { afterEach, expect, test } from 'vitest';
import { openTestDevice } from '../../tests/support/gpu.ts';
import { allocatedBytes } from './device/tfjs-backend.ts';
import { sizeOf } from './layers/layer.ts';
import { crossEntropy } from './losses/cross-entropy.ts';
import { estimateMemory } from './memory.ts';
import { attentionUnet } from './networks/monai-attention-unet.ts';
import { denseNet121 } from './networks/monai-densenet.ts';
import { monaiResNet } from './networks/monai-resnet.ts';
import { seResNet50 } from './networks/monai-senet.ts';
import { vit } from './networks/monai-vit.ts';
import { Network, type NetworkPlan } from './networks/network.ts';
import { planNetwork } from './networks/registry.ts';
import { resNet3d, squeezeExcitationCnn } from './networks/resnet-3d.ts';
import { generatorUNet } from './networks/unet.ts';
import { Optimizer } from './optimizers/optimizer.ts';

// What two training steps leave allocated, beside the estimate, for networks that are computed layer
// by layer; train.gpu.test.ts has those of blocks.
let close: () => void = () => undefined;
afterEach(() => close());

/** A score, or the distance to the input. */
function lossOf(output: tf.Tensor, input: tf.Tensor): tf.Scalar {
  if (output.size !== input.size) return crossEntropy(output as tf.Tensor2D, [0, 1]);
  return tf.mean(tf.square(tf.sub(tf.reshape(output, [-1]), tf.reshape(input, [-1]))));
}

const BATCH = 2;

test.each<[string, () => NetworkPlan]>([
  ['ResNet3D of three levels', () => resNet3d([40, 44, 36, 1], 2, 3)],
  ['SqueezeExcitationCNN of two levels', () => squeezeExcitationCnn([44, 40, 37, 1], 2, 2)],
  ['AE_Conv5_FC3', () => planNetwork('AE_Conv5_FC3', [1, 40, 44, 36], 0, 0)],
  ['a narrow GeneratorUNet', () => generatorUNet([64, 64, 32, 1], 8)],
  ['Stride_Conv5_FC3', () => planNetwork('Stride_Conv5_FC3', [1, 64, 60, 56], 2, 0)],
  [
    'a narrow DenseNet',
    () =>
      denseNet121([44, 40, 36, 1], 2, 0, {
        ...{ init_features: 32, growth_rate: 16, block_config: [4, 4] },
      }),
  ],
  [
    'a narrow ResNet-10',
    () => monaiResNet('MonaiResNet10', [48, 44, 40, 1], 2, 0, { block_inplanes: [32, 32, 48, 64] }),
  ],
  [
    'a narrow SE-ResNet of two levels',
    () => seResNet50([48, 44, 40, 1], 2, 0, { layers: [2, 1], inplanes: 16 }),
  ],
  [
    'a small ViT',
    () =>
      vit([40, 48, 40, 1], 2, 0, {
        ...{ patch_size: 8, hidden_size: 96, mlp_dim: 384, num_layers: 3, num_heads: 4 },
      }),
  ],
  ['a narrow Attention U-Net', () => attentionUnet([24, 32, 24, 1], 0, [8, 16, 32])],
])('knows the memory of a step of %s within a fifth', async (_name, make) => {
  const device = await openTestDevice();
  close = () => device.close();
  const plan = make();
  const network = new Network(plan, 1);
  const optimizer = new Optimizer('Adam', 1e-3, 0);
  const parameters = network.parameters();
  const input = tf.tensor(
    Float32Array.from({ length: BATCH * sizeOf(plan.inputShape) }, (_, i) => Math.sin(i)),
    [BATCH, ...plan.inputShape],
  );
  for (let step = 0; step < 2; step++) {
    const updates = new Map<string, tf.Tensor>();
    const { value, grads } = tf.variableGrads(
      () => lossOf(network.trainAll(input, tf.ones, updates).output, input),
      [...parameters.values()],
    );
    const gradients: tf.NamedTensorMap = {};
    for (const [name, variable] of parameters) {
      const gradient = grads[variable.name];
      if (gradient !== undefined) gradients[name] = gradient;
    }
    network.commit(updates);
    optimizer.apply(parameters, gradients);
    await value.data();
    tf.dispose([value, grads]);
  }
  device.check();
  const { total } = estimateMemory(plan, { device: device.report, batchSize: BATCH });
  expect(total / allocatedBytes()).toBeGreaterThan(0.8);
  expect(total / allocatedBytes()).toBeLessThan(1.2);
  network.dispose();
  optimizer.dispose();
});
