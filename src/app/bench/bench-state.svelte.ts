/** The state of the benchmark page: what is chosen, what runs, and what came out. */
import type { Problem } from '../../core/errors.ts';
import type { Bench, BenchRequest, BenchResult } from '../../jobs/bench/bench-api.ts';
import type { DeviceReport, Precision } from '../../jobs/bench/bench-api.ts';
import type { JobEvent, ProgressEvent } from '../../jobs/events.ts';
import { problemOf } from '../lib/problems.ts';
import { batchLimits, defaultsFor, precisions, type HashSettings } from './settings.ts';
import { words } from './strings.ts';

/** The run as `ProgressLine` asks for it. */
class BenchJob {
  running = $state(false);
  progress = $state.raw<ProgressEvent | undefined>();
  readonly cancelling = false;
  readonly #stop: () => void;

  constructor(stop: () => void) {
    this.#stop = stop;
  }

  /** Answers at once: the worker is ended, not asked. */
  cancel(): Promise<void> {
    this.#stop();
    return Promise.resolve();
  }
}

export class BenchState {
  readonly job: BenchJob;
  readonly problems: readonly Problem[];

  device = $state.raw<DeviceReport | undefined>();
  request = $state.raw<BenchRequest>(defaultsFor(undefined));
  result = $state.raw<BenchResult | undefined>();
  /** How the last run failed, or that it was cancelled. */
  failure = $state.raw<Problem | undefined>();
  /** What could not be measured in the last run. */
  remarks = $state.raw<readonly Problem[]>([]);

  /** Why nothing can be run; undefined when something can. */
  readonly blocked = $derived.by(() => {
    if (this.device === undefined) return words.asking;
    if (this.device.kind === 'none') return words.needsGpu;
    if (this.request.precisions.length === 0) return words.needsPrecision;
    return this.isBatchWrong ? words.needsBatch : undefined;
  });
  readonly isBatchWrong = $derived.by(() => {
    const { batch } = this.request;
    return !(Number.isInteger(batch) && batch >= batchLimits.min && batch <= batchLimits.max);
  });

  readonly #bench: Bench;
  readonly #asked: HashSettings['chosen'];

  constructor(bench: Bench & { stop(): void }, { chosen, problems }: HashSettings) {
    this.#bench = bench;
    this.#asked = chosen;
    this.problems = problems;
    this.request = { ...this.request, ...chosen };
    this.job = new BenchJob(() => bench.stop());
  }

  /** Asks for the device; what was not chosen yet follows from its kind. */
  async askDevice(): Promise<void> {
    try {
      this.device = await this.#bench.device();
      this.request = { ...defaultsFor(this.device.kind), ...this.#asked };
    } catch (thrown) {
      this.failure = problemOf(thrown);
    }
  }

  change(change: Partial<BenchRequest>): void {
    this.request = { ...this.request, ...change };
  }

  usePrecision(precision: Precision, wanted: boolean): void {
    const { precisions: before } = this.request;
    const isIn = (one: Precision) => (one === precision ? wanted : before.includes(one));
    this.change({ precisions: precisions.filter(isIn) });
  }

  async run(): Promise<void> {
    if (this.job.running || this.blocked !== undefined) return;
    this.job.running = true;
    this.job.progress = undefined;
    this.failure = undefined;
    this.result = undefined;
    this.remarks = [];
    try {
      this.result = await this.#bench.run(this.request, (event) => this.#hear(event));
    } catch (thrown) {
      this.failure = problemOf(thrown);
    } finally {
      this.job.running = false;
      this.job.progress = undefined;
    }
  }

  #hear(event: JobEvent): void {
    if (!this.job.running) return;
    if (event.kind === 'progress') this.job.progress = event;
    if (event.kind === 'problem') this.remarks = [...this.remarks, event.problem];
  }
}
