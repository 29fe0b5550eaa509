/**
 * The service worker: keeps the files of the build, gives them out with the security headers, and
 * waits with a new build until the page asks for it. Built by scripts/offline-plugin.ts.
 */
import { FileShelf } from '../src/platform/browser/offline/file-shelf.ts';
import type {
  OfflineBuild,
  Question,
  TakeOver,
} from '../src/platform/browser/offline/offline-build.ts';

/** What it uses of `ServiceWorkerGlobalScope`, whose types cannot stand beside those of a page. */
interface LongEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface AnswerEvent extends LongEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface AskedEvent extends LongEvent {
  readonly data: Question;
  readonly ports: readonly MessagePort[];
}
interface WorkerScope {
  readonly registration: { readonly scope: string };
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: {
      type: 'window';
      includeUncontrolled: boolean;
    }): Promise<readonly { readonly url: string }[]>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', heard: (event: LongEvent) => void): void;
  addEventListener(type: 'fetch', heard: (event: AnswerEvent) => void): void;
  addEventListener(type: 'message', heard: (event: AskedEvent) => void): void;
}

declare const __OFFLINE_BUILD__: OfflineBuild;

const scope = globalThis as unknown as WorkerScope;
const root = scope.registration.scope;
const shelf = new FileShelf(__OFFLINE_BUILD__, {
  root,
  caches,
  fetch: (request) => fetch(request),
});

/** A tab that is at work goes on with the files it started with: nothing is replaced beside it. */
async function takeOver(): Promise<TakeOver> {
  const tabs = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const others = tabs.filter(({ url }) => url.startsWith(root)).length - 1;
  if (others <= 0) await scope.skipWaiting();
  return { others: Math.max(0, others) };
}

scope.addEventListener('install', (event) => event.waitUntil(shelf.fill()));
scope.addEventListener('activate', (event) => {
  event.waitUntil(shelf.dropOthers().then(() => scope.clients.claim()));
});
scope.addEventListener('fetch', (event) => {
  const answer = shelf.answer(event.request);
  if (answer !== undefined) event.respondWith(answer);
});
scope.addEventListener('message', (event) => {
  const work = event.data === 'state' ? shelf.state() : takeOver();
  event.waitUntil(work.then((reply) => event.ports[0]?.postMessage(reply)));
});
