/**
 * The attempts that a worker makes, whatever kind of worker it is. Classic and module workers run the
 * same file, so that only what the browser makes of them differs.
 */
import { commonAttempts, importScriptsAttempt, tryAll } from './channels.ts';
import { Violations, type Outcome } from './outcome.ts';
import { targetFrom } from './target.ts';

export const workerAttempts = {
  fetch: commonAttempts.fetch,
  xhr: commonAttempts.xhr,
  websocket: commonAttempts.websocket,
  eventsource: commonAttempts.eventsource,
  webtransport: commonAttempts.webtransport,
  import: commonAttempts.import,
  importScripts: importScriptsAttempt,
  worker: commonAttempts.worker,
  peer: commonAttempts.peer,
} as const;

export type WorkerChannel = keyof typeof workerAttempts;
export const workerChannels = Object.keys(workerAttempts) as readonly WorkerChannel[];

/** From the page to the worker. */
export interface WorkerQuestion {
  readonly target: string;
  /** Which worker and run it is: part of the addresses. */
  readonly from: string;
}

/** From the worker to the page, once a channel. */
export interface WorkerAnswer {
  readonly channel: WorkerChannel;
  readonly outcome: Outcome;
}

/** The port of a shared worker, or a dedicated worker from either end. */
export type ProofPort = EventTarget & {
  postMessage(message: WorkerQuestion | WorkerAnswer): void;
  start?(): void;
};

/** Answers the questions that come through `port`. */
export function serveProof(port: ProofPort): void {
  const violations = new Violations(globalThis as unknown as EventTarget);
  port.addEventListener('message', (event) => {
    const { target: asked, from } = (event as MessageEvent<WorkerQuestion>).data;
    const target = targetFrom(asked);
    void (async () => {
      for await (const answer of tryAll(workerAttempts, { target, from, violations })) {
        port.postMessage(answer);
      }
    })();
  });
  port.start?.();
}
