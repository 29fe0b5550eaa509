/**
 * `--profiler`: GPU time by kernel over some batches of a split, after a few that are not typical
 * (programs are compiled, buffers made). 1.6.1 waits for two, warms up for two and records thirty.
 */
import type { SplitWriter } from '../../core/maps/split-writer.ts';
import { writeTable } from '../../core/tsv/table.ts';
import type { EngineDevice } from '../../engine/device/engine-device.ts';
import type { Dispatch, GpuProfiler } from '../../engine/profiler/gpu-profiler.ts';
import { profileOf, traceOf } from '../../engine/profiler/profile.ts';

const PASSED_OVER = 4;
const RECORDED = 30;

export class StepProfiler {
  readonly #device: EngineDevice;
  readonly #writer: SplitWriter;
  readonly #dispatches: Dispatch[] = [];
  #profiler: GpuProfiler | undefined;
  #batches = 0;
  #isDone = false;

  constructor(device: EngineDevice, writer: SplitWriter) {
    this.#device = device;
    this.#writer = writer;
  }

  /** To be called after each batch. @returns what to tell, when there is something. */
  async afterBatch(): Promise<string | undefined> {
    if (this.#isDone) return undefined;
    this.#batches += 1;
    if (this.#batches === PASSED_OVER) {
      this.#profiler = this.#device.profiler();
      if (this.#profiler !== undefined) return undefined;
      this.#isDone = true;
      return 'This device has no timestamp queries: nothing is profiled.';
    }
    if (this.#profiler !== undefined) {
      await this.#device.settle();
      this.#dispatches.push(...(await this.#profiler.read()));
    }
    return this.#batches < PASSED_OVER + RECORDED ? undefined : this.finish();
  }

  /** At the end of the training, which may have had fewer batches. */
  async finish(): Promise<string | undefined> {
    if (this.#isDone) return undefined;
    this.detach();
    if (this.#dispatches.length === 0) {
      return `Nothing was profiled: that takes more than ${PASSED_OVER} batches.`;
    }
    const count = this.#batches - PASSED_OVER;
    const rows = profileOf(this.#dispatches).map((kernel) => [
      ...[kernel.kernel, kernel.count, kernel.milliseconds, kernel.share].map(String),
      ...[kernel.gflops, kernel.gigabytes].map((rate) => (rate === undefined ? '' : String(rate))),
    ]);
    const columns = ['kernel', 'count', 'milliseconds', 'share', 'GFLOP/s', 'GB/s'];
    const trace = traceOf(this.#dispatches, `${count} batches`);
    const path = await this.#writer.writeProfile(trace, writeTable({ columns, rows }));
    return `GPU time by kernel over ${count} batches is in ${path}.`;
  }

  detach(): void {
    this.#isDone = true;
    this.#profiler?.detach();
    this.#profiler = undefined;
  }
}
