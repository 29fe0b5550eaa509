import { expect, test } from 'vitest';
import { BenchService } from './benchmark.ts';

const clock = { now: () => 0, elapsed: () => 0 };

test('without WebGPU the device says so, and a run is refused', async () => {
  const service = new BenchService({ clock, gpu: undefined, gpuRemark: 'none here' });
  expect(await service.device()).toMatchObject({ kind: 'none', remark: 'none here' });
  const request = {
    ...{ network: 'Conv4_FC3', shape: [32, 32, 32], batch: 1 },
    ...{ precisions: ['f32'] as const, stock: false, steps: 1 },
  };
  await expect(service.run(request, () => undefined)).rejects.toMatchObject({
    problem: { code: 'GPU_NONE', found: 'none here' },
  });
});
