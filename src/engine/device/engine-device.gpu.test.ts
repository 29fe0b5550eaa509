import { expect, test } from 'vitest';
import { nodeGpu, openTestDevice } from '../../../tests/support/gpu.ts';
import { EngineDevice } from './engine-device.ts';

test('takes the features and raised limits of the adapter, and names a software one as such', async () => {
  const { gpu } = await nodeGpu();
  const adapter = await gpu?.requestAdapter();
  const device = await openTestDevice();
  expect(device.report.halfPrecision).toBe(adapter?.features.has('shader-f16'));
  expect(device.report.maxBufferSize).toBe(adapter?.limits.maxBufferSize);
  expect(device.report.maxBindingSize).toBe(adapter?.limits.maxStorageBufferBindingSize);
  if (/llvmpipe|swiftshader/i.test(adapter?.info.description ?? '')) {
    expect(device.report).toMatchObject({ kind: 'software' });
    expect(device.report.remark).toContain('emulated');
  }
  device.check();
  device.close();
});

test('reports a fault that only the device has noticed', async () => {
  const { gpu } = await nodeGpu();
  let raw: GPUDevice | undefined;
  // The same adapter, with an ear on the device that the engine opens.
  const spied = {
    requestAdapter: async (options?: GPURequestAdapterOptions) => {
      const adapter = (await gpu?.requestAdapter(options)) as GPUAdapter;
      return new Proxy(adapter, {
        get(target, key) {
          if (key === 'requestDevice') {
            return async (descriptor: GPUDeviceDescriptor) =>
              (raw = await target.requestDevice(descriptor));
          }
          return Reflect.get(target, key, target) as unknown;
        },
      });
    },
  } as unknown as GPU;
  const device = await EngineDevice.open(spied);
  device.check();
  raw?.createShaderModule({ code: 'this is not WGSL' });
  await expect(device.settle()).rejects.toMatchObject({ code: 'GPU_ERROR' });
  expect(() => device.check()).toThrow(/GPU_ERROR/);
  device.close();
});

test('computes on the processor, and says so, where there is no adapter', async () => {
  const device = await EngineDevice.open(undefined, { remarkWhenAbsent: 'Nothing here.' });
  expect(device.report).toMatchObject({ kind: 'none', remark: 'Nothing here.' });
  device.check();
});
