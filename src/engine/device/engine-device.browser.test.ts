/** In a browser tfjs brings a WebGPU backend of its own, which Node has not: ours has to be in use. */
import * as tf from '@tensorflow/tfjs';
import { expect, it, vi } from 'vitest';
import { EngineDevice } from './engine-device.ts';
import { currentDevice } from './tfjs-backend.ts';

const never = new AbortController().signal;

it('computes on the one device that it opened and watches, before and after a loss', async () => {
  const requested = vi.spyOn(GPUAdapter.prototype, 'requestDevice');
  const device = await EngineDevice.open(navigator.gpu);
  expect(requested).toHaveBeenCalledTimes(1);
  expect(await requested.mock.results[0]?.value).toBe(currentDevice());
  const sum = () => tf.tidy(() => tf.add(tf.tensor1d([1, 2, 3]), 1));
  expect([...(await device.read(sum().data(), never))]).toEqual([2, 3, 4]);

  currentDevice().destroy();
  await expect(device.read(sum().data(), never)).rejects.toMatchObject({ code: 'GPU_LOST' });
  await device.reopen();
  expect(requested).toHaveBeenCalledTimes(2);
  expect(await requested.mock.results[1]?.value).toBe(currentDevice());
  expect([...(await device.read(sum().data(), never))]).toEqual([2, 3, 4]);
  device.close();
});
