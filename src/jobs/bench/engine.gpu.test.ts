import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openTestDevice, nodeGpu } from '../../../tests/support/gpu.ts';
import { follow } from '../../../tests/support/follow.ts';
import { CapsuleError } from '../../core/errors.ts';
import type { EngineDevice } from '../../engine/device/engine-device.ts';
import { kernelsInUse } from '../../engine/kernels/choice.ts';
import type { JobEvent, ProgressEvent } from '../events.ts';
import type { BenchRequest } from './bench-api.ts';
import { BenchService } from './benchmark.ts';
import { measureEngine } from './engine.ts';
import { profileKernels } from './kernels.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

/** The smallest volumes of a network with five poolings, in one step each. */
const request: BenchRequest = {
  ...{ network: 'Conv4_FC3', shape: [17, 18, 19], batch: 1 },
  ...{ precisions: ['f32', 'half'], stock: true, steps: 1 },
};
const clock = { now: () => Date.now(), elapsed: () => performance.now() };
const { signal } = new AbortController();
const isProgress = (event: JobEvent): event is ProgressEvent => event.kind === 'progress';

test('times stock and both precisions, and says which of them it is at', async () => {
  const events: JobEvent[] = [];
  const job = measureEngine(request, { device, clock, signal });
  const rows = await follow(job, (event) => events.push(event));
  expect(rows.map(({ precision }) => precision)).toEqual(['f32', 'half']);
  for (const row of rows) {
    const { adapter, network, precision, shape, ...numbers } = row;
    expect([adapter.length > 0, network, shape]).toEqual([true, 'Conv4_FC3', '17x18x19']);
    for (const [name, value] of Object.entries(numbers)) expect(value, name).toBeGreaterThan(0);
    expect(row.ratio, precision).toBeCloseTo(row.stock_ms / row.capsule_ms, 0);
    expect(row.capsule_bytes).toBeLessThan(row.stock_bytes);
  }
  expect(rows[1]?.capsule_bytes).toBeLessThan(rows[0]?.capsule_bytes ?? 0);
  const progress = events.filter(isProgress);
  expect(progress).toHaveLength(events.length);
  expect(new Set(progress.flatMap(({ steps }) => steps))).toEqual(
    new Set(['stock tfjs', 'f32', 'half']),
  );
  // Three first steps; a warm-up and a timed round of three, and their end.
  expect(progress.map(({ done }) => done)).toEqual([0, 1, 2, 0, 1, 2, 3, 4, 5, 6]);
  expect(kernelsInUse()).toBe(true);
});

test('what the device cannot run is told and left out, unless nothing else is left', async () => {
  const events: JobEvent[] = [];
  // Out of memory on the first device, which is that of stock tfjs, then all is well.
  const context = { device: failingOnce(device), clock, signal };
  const rows = await follow(measureEngine(request, context), (event) => events.push(event));
  expect(rows).toHaveLength(2);
  for (const row of rows) {
    expect(row).toMatchObject({ stock_ms: NaN, stock_bytes: NaN, ratio: NaN });
    expect(row.capsule_ms).toBeGreaterThan(0);
  }
  const problems = events.flatMap((event) => (event.kind === 'problem' ? [event.problem] : []));
  expect(problems).toMatchObject([{ code: 'GPU_MEMORY', steps: ['stock tfjs'] }]);

  const single: BenchRequest = { ...request, stock: false, precisions: ['f32'] };
  const failing = measureEngine(single, { device: failingOnce(device), clock, signal });
  await expect(follow(failing)).rejects.toMatchObject({ code: 'GPU_MEMORY' });
  expect(kernelsInUse()).toBe(true);
});

test('stops when it is told to', async () => {
  const controller = new AbortController();
  const job = measureEngine(request, { device, clock, signal: controller.signal });
  await expect(follow(job, () => controller.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('a profile has the kernels of a step, with their work', async (context) => {
  if (!device.report.timestamps) context.skip('no timestamp-query on this device');
  const chosen = { ...request, precision: 'f32' } as const;
  const measured = await follow(profileKernels(chosen, { device, clock, signal }));
  const { profile = [], trace = '', clockStep = 0 } = measured ?? {};
  const convolutions = profile.filter(({ kernel }) => kernel.startsWith('convolution'));
  expect(convolutions.length).toBeGreaterThan(0);
  expect(profile.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  const count = profile.reduce((sum, kernel) => sum + kernel.count, 0);
  const { traceEvents } = JSON.parse(trace) as { traceEvents: unknown[] };
  // One names the process.
  expect(traceEvents).toHaveLength(count + 1);
  expect(clockStep).toBeGreaterThan(0);
  for (const { milliseconds } of profile) {
    const steps = (milliseconds * 1e6) / clockStep;
    expect(Math.abs(steps - Math.round(steps))).toBeLessThan(1e-6);
  }
});

test('serves a device and a whole benchmark, and holds no device between calls', async () => {
  const { gpu } = await nodeGpu();
  const service = new BenchService({ clock, gpu, gpuRemark: '' });
  expect((await service.device()).kind).not.toBe('none');
  const single: BenchRequest = { ...request, stock: false, precisions: ['half'] };
  const events: JobEvent[] = [];
  const result = await service.run(single, (event) => events.push(event));
  expect(result.request).toEqual(single);
  expect(result.rows).toHaveLength(1);
  expect(result.kernels.map(({ precision }) => precision)).toEqual(
    result.device.timestamps ? ['half'] : [],
  );
  expect(events.length).toBeGreaterThan(3);
  // Comlink sends it to the page.
  expect(structuredClone(result)).toEqual(result);
  expect(tf.findBackend('webgpu')).toBeNull();
  await device.reopen();
});

/** The device, but for the first read after it is opened anew for the first time. */
function failingOnce(real: EngineDevice): EngineDevice {
  let opened = 0;
  const failing: Pick<EngineDevice, 'report' | 'reopen' | 'read' | 'settle' | 'faultBehind'> = {
    get report() {
      return real.report;
    },
    reopen: () => {
      opened += 1;
      return real.reopen();
    },
    read: async (reading, until) => {
      const values = await real.read(reading, until);
      if (opened === 1) throw new CapsuleError('GPU_MEMORY');
      return values;
    },
    settle: () => real.settle(),
    faultBehind: (thrown) => real.faultBehind(thrown),
  };
  return failing as EngineDevice;
}
