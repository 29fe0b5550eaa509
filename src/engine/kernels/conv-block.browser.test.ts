import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { relativeError } from '../../../tests/support/conv-block-reference.ts';
import { EngineDevice } from '../device/engine-device.ts';
import { Network } from '../networks/network.ts';
import { planNetwork } from '../networks/registry.ts';
import { useKernels } from './choice.ts';

const SHAPE = [33, 9, 10];

test('trains on the kernels in a browser as on stock operations', async () => {
  const device = await EngineDevice.open(navigator.gpu);
  expect(device.report.kind).not.toBe('none');
  const network = new Network(planNetwork('Conv4_FC3', [1, ...SHAPE], 2, 0), 1);
  const parameters = [...network.parameters().values()];
  const input = tf.tensor(
    new Float32Array(2 * 33 * 9 * 10).map((_, i) => Math.sin(i * i)),
    [2, ...SHAPE, 1],
  );
  const gradientOfFirstFilter = async () => {
    const updates = new Map<string, tf.Tensor>();
    const loss = () => tf.sum(tf.square(network.train(input, tf.ones, updates)));
    const { value, grads } = tf.variableGrads(loss as () => tf.Scalar, parameters);
    const first = grads[parameters[0]?.name ?? ''] as tf.Tensor;
    const result = [...(await value.data()), ...(await first.data())];
    tf.dispose([value, grads, ...updates.values()]);
    return result;
  };
  const fast = await gradientOfFirstFilter();
  useKernels(false);
  const plain = await gradientOfFirstFilter();
  useKernels(true);
  device.check();
  expect(relativeError(fast, plain)).toBeLessThan(1e-4);
  tf.dispose(input);
  network.dispose();
  device.close();
});
