/**
 * The page's end of the worker: starts it and offers its `Session` as if it were local. Callbacks
 * are proxied, thrown problems arrive whole, and a worker that cannot start or breaks off rejects
 * every pending and later call instead of leaving the page waiting.
 */
import { proxy, wrap } from 'comlink';
import { CapsuleError } from '../../core/errors.ts';
import type { OnEvent, Session } from '../../jobs/session-api.ts';
import { carryProblems } from '../../platform/browser/comlink-errors.ts';
import { carryFiles } from '../../platform/browser/comlink-files.ts';

/** Starts `workers/session-worker.ts`; its calls wait until it has loaded. */
export function connectSession(): Session {
  carryProblems();
  carryFiles();
  const worker = new Worker(new URL('../../../workers/session-worker.ts', import.meta.url), {
    type: 'module',
    name: 'capsule-session',
  });
  return sessionOver(worker, failureOf(worker));
}

/**
 * @param endpoint - the worker, or the port of one
 * @param failure - rejects when the worker is gone; never resolves
 */
export function sessionOver(endpoint: Worker | MessagePort, failure: Promise<never>): Session {
  const remote = wrap<Session>(endpoint);
  const guard = <Result>(call: Promise<Result>): Promise<Result> => Promise.race([call, failure]);
  const told = (onEvent: OnEvent): OnEvent => proxy(onEvent);
  return Object.freeze<Session>({
    device: () => guard(remote.device()),
    makeSample: (options, onEvent) => guard(remote.makeSample(options, told(onEvent))),
    openFolder: (source, onEvent) => guard(remote.openFolder(source, told(onEvent))),
    useTable: (name, text) => guard(remote.useTable(name, text)),
    usePreprocessing: (id) => guard(remote.usePreprocessing(id)),
    volume: (participant, session) => guard(remote.volume(participant, session)),
    plan: (choice) => guard(remote.plan(choice)),
    openSplit: (source) => guard(remote.openSplit(source)),
    compareScans: (onEvent) => guard(remote.compareScans(told(onEvent))),
    cancelComparison: () => guard(remote.cancelComparison()),
    splitTables: (choice) => guard(remote.splitTables(choice)),
    leakageRecord: (choice, options) => guard(remote.leakageRecord(choice, options)),
    train: (choice, onEvent, options) => guard(remote.train(choice, told(onEvent), options)),
    interrupted: () => guard(remote.interrupted()),
    resume: (onEvent) => guard(remote.resume(told(onEvent))),
    dropInterrupted: () => guard(remote.dropInterrupted()),
    modelOf: (split) => guard(remote.modelOf(split)),
    cancel: () => guard(remote.cancel()),
    emptyCache: () => guard(remote.emptyCache()),
    explain: (request, onEvent) => guard(remote.explain(request, told(onEvent))),
    openMaps: (source) => guard(remote.openMaps(source)),
    exportMaps: (onEvent) => guard(remote.exportMaps(told(onEvent))),
  });
}

function failureOf(worker: Worker): Promise<never> {
  const failure = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      const found = event.message || 'the worker did not start';
      reject(new CapsuleError('INTERNAL', { found }));
    });
  });
  // Every call races against it; on its own its rejection is nobody's to handle.
  failure.catch(() => undefined);
  return failure;
}
