import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeGpu } from '../../../tests/support/gpu.ts';
import { EngineDevice } from '../device/engine-device.ts';
import { uninitialised } from '../device/tfjs-backend.ts';
import { channelSums } from './channel-sums.ts';
import { fold } from './dispatch.ts';

const BINDING = 2 ** 27;

let device: EngineDevice;
beforeAll(async () => {
  const { gpu } = await nodeGpu();
  // An adapter that offers no more than every WebGPU device does.
  const modest = {
    requestAdapter: async (options?: GPURequestAdapterOptions) => {
      const adapter = (await gpu?.requestAdapter(options)) as GPUAdapter;
      return new Proxy(adapter, {
        get(target, key) {
          if (key === 'limits') {
            return new Proxy(target.limits, {
              get: (limits, name) =>
                name === 'maxStorageBufferBindingSize'
                  ? BINDING
                  : (Reflect.get(limits, name, limits) as unknown),
            });
          }
          const value = Reflect.get(target, key, target) as unknown;
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
    },
  } as unknown as GPU;
  device = await EngineDevice.open(modest);
});
afterAll(() => device.close());

test('says so where a tensor is larger than the device binds, before anything is computed', () => {
  const tensor = uninitialised([BINDING / 16 + 4, 4]);
  expect(() => tf.tidy(() => channelSums(tensor, 4))).toThrow(/GPU_MEMORY/);
  tensor.dispose();
  device.check();
});

test('folds groups where an axis does not take them all', () => {
  expect(fold(0)).toEqual([1, 1]);
  expect(fold(65)).toEqual([2, 1]);
  expect(fold(65_535 * 64)).toEqual([65_535, 1]);
  expect(fold(65_535 * 64 + 1)).toEqual([32_768, 2]);
});
