import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDevice } from '../../../tests/support/gpu.ts';
import { currentDevice } from '../device/tfjs-backend.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { convolve } from '../kernels/convolution.ts';
import { GpuProfiler } from './gpu-profiler.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterAll(() => device.close());

test('hears every dispatch, ours with its work and those of tfjs, and changes no result', async (context) => {
  if (!device.report.timestamps) context.skip('no timestamp-query on this device');
  const input = tf.ones([1, 6, 6, 6, 4]);
  const filter = tf.ones([3, 3, 3, 4, 8]);
  const compute = async () => {
    const sum = tf.tidy(() => tf.sum(tf.reshape(convolve(input, filter), [-1])));
    const [value] = await sum.data();
    sum.dispose();
    return value;
  };
  const expected = await compute();
  const profiler = GpuProfiler.attach(currentDevice());
  expect(await compute()).toBe(expected);
  const dispatches = (await profiler?.read()) ?? [];
  profiler?.detach();
  const convolution = dispatches.find(({ kernel }) => kernel.startsWith('convolution'));
  // Six lines of eight voxels a plane, two of them padding; a multiply-add is two operations.
  expect(convolution?.flops).toBe(36 * 8 * 27 * 4 * 8 * 2);
  expect(convolution?.bytes).toBeGreaterThan(216 * 4 * 4 + 216 * 8 * 4);
  expect(dispatches.some(({ kernel }) => kernel.includes('Program'))).toBe(true);
  for (const { start, end } of dispatches) expect(end).toBeGreaterThanOrEqual(start);
  expect(await profiler?.read()).toEqual([]);
  expect(await compute()).toBe(expected);
  device.check();
  tf.dispose([input, filter]);
});
