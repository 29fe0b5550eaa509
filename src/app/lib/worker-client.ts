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

/**
 * A session in `workers/session-worker.ts`. The worker and the engine in it are loaded with the first
 * call, so that they do not stand in the way of the first paint; calls wait until it has loaded.
 */
export function connectSession(): Session {
  carryProblems();
  carryFiles();
  let session: Session | undefined;
  return new Proxy({} as Session, {
    // Whoever awaits the session asks for its `then`, which is no call.
    get: (_, name) => (name === 'then' ? undefined : Reflect.get((session ??= started()), name)),
  });
}

function started(): Session {
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
    openFolder: (source, onEvent, part) => guard(remote.openFolder(source, told(onEvent), part)),
    useTable: (name, text) => guard(remote.useTable(name, text)),
    usePreprocessing: (id) => guard(remote.usePreprocessing(id)),
    volume: (participant, session) => guard(remote.volume(participant, session)),
    thumbnail: (participant, session) => guard(remote.thumbnail(participant, session)),
    plan: (choice) => guard(remote.plan(choice)),
    offers: (choice) => guard(remote.offers(choice)),
    openSplit: (source) => guard(remote.openSplit(source)),
    compareScans: (onEvent) => guard(remote.compareScans(told(onEvent))),
    cancelComparison: () => guard(remote.cancelComparison()),
    checkQuality: (onEvent) => guard(remote.checkQuality(told(onEvent))),
    cancelQuality: () => guard(remote.cancelQuality()),
    splitTables: (choice) => guard(remote.splitTables(choice)),
    leakageRecord: (choice, options) => guard(remote.leakageRecord(choice, options)),
    train: (choice, onEvent, options) => guard(remote.train(choice, told(onEvent), options)),
    probe: (choice, onEvent) => guard(remote.probe(choice, told(onEvent))),
    pause: () => guard(remote.pause()),
    goOn: () => guard(remote.goOn()),
    batchPicture: () => guard(remote.batchPicture()),
    kernelTimes: (batches) => guard(remote.kernelTimes(batches)),
    interrupted: () => guard(remote.interrupted()),
    resume: (onEvent, id) => guard(remote.resume(told(onEvent), id)),
    dropInterrupted: () => guard(remote.dropInterrupted()),
    modelOf: (split) => guard(remote.modelOf(split)),
    cancel: () => guard(remote.cancel()),
    emptyCache: () => guard(remote.emptyCache()),
    explain: (request, onEvent) => guard(remote.explain(request, told(onEvent))),
    firstLayer: (request, onEvent) => guard(remote.firstLayer(request, told(onEvent))),
    evaluate: (request) => guard(remote.evaluate(request)),
    compare: (request) => guard(remote.compare(request)),
    modelFacts: () => guard(remote.modelFacts()),
    checkScans: (onEvent) => guard(remote.checkScans(told(onEvent))),
    predictScans: (request, onEvent) => guard(remote.predictScans(request, told(onEvent))),
    splitFigures: () => guard(remote.splitFigures()),
    reconstruct: (request, onEvent) => guard(remote.reconstruct(request, told(onEvent))),
    readMaps: (source) => guard(remote.readMaps(source)),
    openMaps: (source) => guard(remote.openMaps(source)),
    exportMaps: (onEvent, options) => guard(remote.exportMaps(told(onEvent), options)),
    experiments: () => guard(remote.experiments()),
    openExperiment: (id) => guard(remote.openExperiment(id)),
    renameExperiment: (id, name) => guard(remote.renameExperiment(id, name)),
    removeExperiment: (id) => guard(remote.removeExperiment(id)),
    experimentSettings: (id) => guard(remote.experimentSettings(id)),
    keptModels: (ids) => guard(remote.keptModels(ids)),
    importMaps: (source, onEvent) => guard(remote.importMaps(source, told(onEvent))),
    exportShelf: (onEvent, options) => guard(remote.exportShelf(told(onEvent), options)),
    contents: () => guard(remote.contents()),
    exportFile: (request, onEvent) => guard(remote.exportFile(request, told(onEvent))),
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
