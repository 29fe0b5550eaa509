/**
 * The page's end of the benchmark's worker. Stopping ends the worker whatever it is in the middle
 * of, and with it every GPU buffer; the next call starts another one. A worker that breaks off
 * rejects the calls that wait for it.
 */
import { proxy, wrap, type Remote } from 'comlink';
import { CapsuleError } from '../../core/errors.ts';
import type { Bench, BenchRequest, BenchResult } from '../../jobs/bench/bench-api.ts';
import type { DeviceReport, OnEvent } from '../../jobs/bench/bench-api.ts';
import { carryProblems } from '../../platform/browser/comlink-errors.ts';

/** What the client needs of a `Worker`. */
export type BenchWorker = Pick<Worker, 'terminate' | 'addEventListener'> &
  Parameters<typeof wrap>[0];

interface Running {
  readonly worker: BenchWorker;
  readonly remote: Remote<Bench>;
  /** Rejects when the worker is gone; never resolves. */
  readonly gone: Promise<never>;
  readonly end: (reason: CapsuleError) => void;
}

export class BenchClient implements Bench {
  readonly #start: () => BenchWorker;
  #running: Running | undefined;

  constructor(start: () => BenchWorker = startWorker) {
    carryProblems();
    this.#start = start;
  }

  device(): Promise<DeviceReport> {
    const { remote, gone } = this.#connect();
    return Promise.race([remote.device(), gone]);
  }

  run(request: BenchRequest, onEvent: OnEvent): Promise<BenchResult> {
    const { remote, gone } = this.#connect();
    return Promise.race([remote.run(request, proxy(onEvent)), gone]);
  }

  /** Calls that wait reject with CANCELLED. */
  stop(): void {
    this.#running?.end(new CapsuleError('CANCELLED'));
  }

  #connect(): Running {
    if (this.#running !== undefined) return this.#running;
    const worker = this.#start();
    let reject: (reason: CapsuleError) => void = () => undefined;
    const gone = new Promise<never>((_, refuse) => (reject = refuse));
    // Every call races against it; on its own its rejection is nobody's to handle.
    gone.catch(() => undefined);
    const end = (reason: CapsuleError) => {
      if (this.#running?.worker === worker) this.#running = undefined;
      worker.terminate();
      reject(reason);
    };
    worker.addEventListener('error', (event) => {
      const found = (event as ErrorEvent).message || 'the worker did not start';
      end(new CapsuleError('INTERNAL', { found }));
    });
    this.#running = { worker, remote: wrap<Bench>(worker), gone, end };
    return this.#running;
  }
}

function startWorker(): BenchWorker {
  return new Worker(new URL('../../../workers/bench-worker.ts', import.meta.url), {
    type: 'module',
    name: 'capsule-bench',
  });
}
