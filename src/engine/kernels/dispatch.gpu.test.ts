import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeGpu } from '../../../tests/support/gpu.ts';
import { EngineDevice } from '../device/engine-device.ts';
import { uninitialised } from '../device/tfjs-backend.ts';
import { channelSums } from './channel-sums.ts';
import { dispatch, fold, piecesOf } from './dispatch.ts';
import type { Kernel } from './kernel.ts';
import { numbers } from './storage.ts';

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

test('what would take long is done in pieces, each item once', async () => {
  expect(piecesOf(1000)).toEqual([[0, 1000]]);
  expect(piecesOf(1000, 11e9)).toEqual([
    [0, 384],
    [384, 768],
    [768, 1000],
  ]);
  expect(piecesOf(3, 1e12)).toEqual([[0, 3]]);
  const count: Kernel<'items'> = {
    key: 'count-items',
    bindings: [numbers('counts', 'read_write')],
    sizes: ['items'],
    flops: () => 30e9,
    code: () => 'fn work(item: u32, layer: u32) { counts[item] += 1.0; }',
  };
  const counts = tf.zeros([1000]);
  dispatch(count, [counts], { items: 1000 });
  expect([...(await counts.data())].every((value) => value === 1)).toBe(true);
  counts.dispose();
  device.check();
});
