import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { nodeGpu, openTestDevice } from '../../../tests/support/gpu.ts';
import type { CapsuleError } from '../../core/errors.ts';
import { GROUP_SIZES, type TuningStore } from '../../core/tuning.ts';
import { convolve } from '../kernels/convolution.ts';
import { compileKernelsOf, dispatch, setGroupSize } from '../kernels/dispatch.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { numbers } from '../kernels/storage.ts';
import { EngineDevice } from './engine-device.ts';
import { currentDevice } from './tfjs-backend.ts';

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

test('names the kernel that the device refuses, and works again once opened anew', async () => {
  const device = await openTestDevice();
  const wrong = { bindings: [numbers('result', 'read_write')], sizes: ['items'] } as const;
  const refused: [name: string, kernel: Kernel<'items'>][] = [
    // A function that is not there.
    [
      'no-such-function',
      {
        ...wrong,
        key: 'no-such-function',
        code: () => 'fn work(item: u32, layer: u32) { result[item] = nothing(); }',
      },
    ],
    // A binding that the tensors do not match.
    [
      'one-binding-too-few',
      {
        ...wrong,
        key: 'one-binding-too-few',
        bindings: [...wrong.bindings, numbers('other')],
        code: () => 'fn work(item: u32, layer: u32) { result[item] = other[item]; }',
      },
    ],
  ];
  for (const [name, kernel] of refused) {
    const tensor = tf.zeros([4]);
    dispatch(kernel, [tensor], { items: 4 });
    const fault = await device.settle().catch((thrown: unknown) => thrown);
    expect(fault).toMatchObject({ code: 'GPU_ERROR' });
    expect((fault as CapsuleError).problem.found).toContain(name);
    await device.reopen();
    const sum = tf.add(tf.tensor1d([1, 2]), 1);
    expect([...(await sum.data())]).toEqual([2, 3]);
    device.check();
  }
  await expect(
    Promise.all(
      compileKernelsOf(() => {
        dispatch(refused[0]?.[1] as Kernel<'items'>, [tf.zeros([4])], { items: 4 });
      }),
    ),
  ).rejects.toMatchObject({
    code: 'GPU_ERROR',
    problem: { found: expect.stringContaining('no-such-function') as string },
  });
  device.close();
});

test('a read from a lost device fails with the loss, whichever is told first', async () => {
  const device = await openTestDevice();
  const tensor = tf.add(tf.ones([64]), 1);
  const reading = tensor.data();
  currentDevice().destroy();
  const never = new AbortController().signal;
  await expect(
    device.read(Promise.all([reading, tf.add(tensor, 1).data()]), never),
  ).rejects.toMatchObject({ code: 'GPU_LOST' });
  await device.reopen();
  device.check();
  device.close();
});

test('measures what is fastest once an adapter, and keeps it', async () => {
  let kept: unknown = { 'another adapter': { groupSize: 256 } };
  const tunings: TuningStore = {
    load: () => Promise.resolve(kept),
    save: (all) => Promise.resolve(void (kept = all)),
  };
  const { gpu } = await nodeGpu();
  const device = await EngineDevice.open(gpu, { tunings });
  // A software adapter is left at the default, but can be measured all the same.
  expect(device.isUntuned).toBe(device.report.kind === 'gpu');
  // Three rounds a size, of which those of the third size, 128, are told to be the shortest.
  let [calls, now] = [0, 0];
  const elapsed = () => (now += Math.floor(calls++ / 6) === 2 ? 1 : 10);
  const { groupSize } = await device.tune({ now: () => 0, elapsed });
  expect(groupSize).toBe(128);
  expect(Object.values(kept as object)).toContainEqual({ groupSize });
  expect(Object.keys(kept as object)).toHaveLength(2);
  device.close();
});

test('numbers do not depend on the size of a workgroup', async () => {
  const device = await openTestDevice();
  const input = tf.tensor(
    Float32Array.from({ length: 4 * 5 * 6 * 7 * 8 }, (_, i) => Math.sin(i)),
    [4, 5, 6, 7, 8],
  );
  const filter = tf.tensor(
    Float32Array.from({ length: 27 * 8 * 5 }, (_, i) => Math.cos(i)),
    [3, 3, 3, 8, 5],
  );
  const results: number[][] = [];
  for (const size of GROUP_SIZES) {
    setGroupSize(currentDevice(), size);
    results.push([...(await convolve(input, filter).data())]);
  }
  for (const result of results) expect(result).toEqual(results[0]);
  device.close();
});
