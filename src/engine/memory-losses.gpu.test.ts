import * as tf from '@tensorflow/tfjs';
import { afterEach, expect, test } from 'vitest';
import { openTestDevice } from '../../tests/support/gpu.ts';
import { allocatedBytes } from './device/tfjs-backend.ts';
import { sizeOf } from './layers/layer.ts';
import { lossFor } from './losses/loss.ts';
import { estimateMemory } from './memory.ts';
import { Network } from './networks/network.ts';
import { planNetwork } from './networks/registry.ts';
import { Optimizer } from './optimizers/optimizer.ts';
import { trainingPass } from './training-pass.ts';

// What two training steps leave allocated, beside the estimate, for losses that look at volumes.
let close: () => void = () => undefined;
afterEach(() => close());

const BATCH = 2;
const OPTIONS = {
  latent_space_size: 8,
  feature_size: 16,
  n_conv: 4,
  normalization: 'batch',
} as const;

test.each([
  ['AE_Conv5_FC3', [1, 40, 44, 36], 'SmoothL1Loss'],
  ['AE_Conv5_FC3', [1, 40, 44, 36], 'BCEWithLogitsLoss'],
  ['Vanilla3DdenseVAE', [1, 32, 40, 32], 'VAEGaussianLoss'],
  ['Vanilla3DdenseVAE', [1, 32, 40, 32], 'VAEBernoulliLoss'],
  ['Vanilla3DdenseVAE', [1, 32, 40, 32], 'VAEContinuousBernoulliLoss'],
] as const)(
  'knows the memory of a step of %s on %j with %s within a fifth',
  async (name, size, loss) => {
    const device = await openTestDevice();
    close = () => device.close();
    const plan = planNetwork(name, size, 0, 0, OPTIONS);
    const network = new Network(plan, 1);
    const optimizer = new Optimizer('Adam', 1e-3, 0);
    const parameters = network.parameters();
    const length = BATCH * sizeOf(plan.inputShape);
    const values = Float32Array.from({ length }, (_, i) => 0.5 + 0.4 * Math.sin(i));
    const input = tf.tensor(values, [BATCH, ...plan.inputShape]);
    const uniform = (shape: number[]) => tf.fill(shape, 0.5);
    const options = { network, parameters, scale: 1, overflow: undefined, uniform };
    for (let step = 0; step < 2; step++) {
      const passed = trainingPass(
        { input, labels: [0, 0], share: 1 },
        { ...options, loss: lossFor(loss, plan) },
      );
      network.commit(passed.updates);
      optimizer.apply(parameters, passed.gradients);
      await passed.loss.data();
      tf.dispose([passed.loss, ...Object.values(passed.gradients)]);
    }
    device.check();
    const { total } = estimateMemory(plan, { device: device.report, batchSize: BATCH, loss });
    expect(total / allocatedBytes()).toBeGreaterThan(0.8);
    expect(total / allocatedBytes()).toBeLessThan(1.2);
    network.dispose();
    optimizer.dispose();
  },
);
