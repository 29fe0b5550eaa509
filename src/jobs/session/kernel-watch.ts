/**
 * Time on the GPU by kernel over some batches of a training that runs, when somebody asks. What the
 * device does between the steps (evaluation, saving) is not counted. A training that ends before gives
 * what there is; a device that fails meanwhile ends the measurement, never the training.
 */
import type { EngineDevice } from '../../engine/device/engine-device.ts';
import type { Dispatch, GpuProfiler } from '../../engine/profiler/gpu-profiler.ts';
import { profileOf } from '../../engine/profiler/profile.ts';
import { clockStepOf } from '../bench/kernels.ts';
import type { KernelTimes } from '../session-api.ts';

interface Wanted {
  readonly batches: number;
  readonly told: (times: KernelTimes | undefined) => void;
}

export class KernelWatch {
  #wanted: Wanted | undefined;
  #profiler: GpuProfiler | undefined;
  #dispatches: Dispatch[] = [];
  /** Batches that were timed. */
  #done = 0;
  #last = '';

  /** @returns undefined without timestamp queries, or when no batch came any more */
  ask(batches: number): Promise<KernelTimes | undefined> {
    this.end();
    return new Promise((told) => (this.#wanted = { batches, told }));
  }

  /** @param batch - the parts of one have the same */
  onBatch(batch: string, device: EngineDevice): Promise<void> | undefined {
    if (this.#wanted === undefined || batch === this.#last) return undefined;
    this.#last = batch;
    return this.#guarded(() => this.#begin(device));
  }

  async afterSteps(device: EngineDevice): Promise<void> {
    this.#last = '';
    if (this.#profiler === undefined) return;
    await this.#guarded(async () => {
      this.#done += 1;
      await this.#stop(device);
      if (this.#done >= (this.#wanted?.batches ?? 0)) this.#answer();
    });
  }

  /** Nothing comes any more. */
  end(): void {
    this.#profiler?.detach();
    this.#profiler = undefined;
    this.#answer();
  }

  async #begin(device: EngineDevice): Promise<void> {
    if (this.#profiler !== undefined) {
      this.#done += 1;
      if (this.#done < (this.#wanted?.batches ?? 0)) return;
      await this.#stop(device);
      this.#answer();
      return;
    }
    // What was recorded before is none of this batch.
    await device.settle();
    this.#profiler = device.profiler();
    if (this.#profiler === undefined) this.#answer();
  }

  async #stop(device: EngineDevice): Promise<void> {
    const profiler = this.#profiler;
    this.#profiler = undefined;
    try {
      await device.settle();
      this.#dispatches.push(...((await profiler?.read()) ?? []));
    } finally {
      profiler?.detach();
    }
  }

  #answer(): void {
    const wanted = this.#wanted;
    const [dispatches, batches] = [this.#dispatches, this.#done];
    this.#wanted = undefined;
    this.#dispatches = [];
    this.#done = 0;
    if (dispatches.length === 0) return wanted?.told(undefined);
    const kernels = profileOf(dispatches);
    const milliseconds = kernels.reduce((sum, kernel) => sum + kernel.milliseconds, 0);
    wanted?.told({ batches, milliseconds, kernels, clockStep: clockStepOf(dispatches) / 1e6 });
  }

  /** The training finds out for itself that its device has failed. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch {
      this.end();
    }
  }
}
