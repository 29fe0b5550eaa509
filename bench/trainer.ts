/** What the benchmarks of the engine share on Node: a device and its end, and a case from options. */
import { EngineDevice } from '../src/engine/device/engine-device.ts';
import { systemClock } from '../src/platform/node/clock.ts';
import { nodeGpu } from '../src/platform/node/gpu.ts';
import type { Case } from '../src/jobs/bench/trainer.ts';
import type { JobContext } from '../src/jobs/shared/context.ts';

export async function open(): Promise<EngineDevice> {
  const { gpu, remark } = await nodeGpu();
  const device = await EngineDevice.open(gpu);
  if (device.report.kind === 'none') throw new Error(remark);
  return device;
}

export async function openContext(): Promise<JobContext> {
  return { device: await open(), clock: systemClock, signal: new AbortController().signal };
}

/** @param shape - such as `64x64x64` */
export function caseOf(network: string, shape: string, batch: string): Case {
  return { network, shape: shape.split('x').map(Number), batch: Number(batch) };
}
