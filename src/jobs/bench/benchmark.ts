/** The whole benchmark of the page: steps first, then the kernels of each precision that ran. */
import type { Clock } from '../../core/clock.ts';
import type { DeviceReport } from '../../core/reports.ts';
import { EngineDevice } from '../../engine/device/engine-device.ts';
import type { Job } from '../events.ts';
import type { JobContext } from '../shared/context.ts';
import type { Bench, BenchRequest, BenchResult, KernelMeasurement, OnEvent } from './bench-api.ts';
import { measureEngine } from './engine.ts';
import { profileKernels } from './kernels.ts';

/** @throws CapsuleError as `measureEngine` */
export async function* benchmark(request: BenchRequest, context: JobContext): Job<BenchResult> {
  const rows = yield* measureEngine(request, context);
  const kernels: KernelMeasurement[] = [];
  for (const { precision } of rows) {
    const measured = yield* profileKernels({ ...request, precision }, context);
    if (measured !== undefined) kernels.push(measured);
  }
  return { device: context.device.report, request, rows, kernels };
}

export interface BenchPlatform {
  readonly clock: Clock;
  readonly gpu: GPU | undefined;
  /** What to do where there is no WebGPU adapter, in words. */
  readonly gpuRemark: string;
}

/**
 * Serves the benchmark from a worker of its own. It is not asked to stop: whoever started the worker
 * ends it, which also gives the GPU's memory back. Between runs no device is held.
 */
export class BenchService implements Bench {
  readonly #platform: BenchPlatform;

  constructor(platform: BenchPlatform) {
    this.#platform = platform;
  }

  async device(): Promise<DeviceReport> {
    const device = await this.#open();
    device.close();
    return device.report;
  }

  async run(request: BenchRequest, onEvent: OnEvent): Promise<BenchResult> {
    const device = await this.#open();
    const { signal } = new AbortController();
    const job = benchmark(request, { device, clock: this.#platform.clock, signal });
    try {
      for (;;) {
        const step = await job.next();
        if (step.done === true) return step.value;
        onEvent(step.value);
      }
    } finally {
      device.close();
    }
  }

  #open(): Promise<EngineDevice> {
    const { gpu, gpuRemark } = this.#platform;
    return EngineDevice.open(gpu, { remarkWhenAbsent: gpuRemark });
  }
}
