/** The page's end of the service worker: asking, and waiting for what becomes of an installation. */
import type { KeptState, Question, TakeOver } from './offline-build.ts';

/** @param path - from the page to the folder that holds the build and its service worker: `./`, `../` */
export function register(path: string): Promise<ServiceWorkerRegistration> {
  const root = new URL(path, location.href).href;
  return navigator.serviceWorker.register(new URL('service-worker.js', root).href, {
    scope: root,
    // The browser compares it with the host's at every visit; nothing of it comes from its cache.
    updateViaCache: 'none',
  });
}

export function ask(worker: ServiceWorker, question: 'state'): Promise<KeptState>;
export function ask(worker: ServiceWorker, question: 'take over'): Promise<TakeOver>;
export function ask(worker: ServiceWorker, question: Question): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => {
      port1.close();
      resolve(data);
    };
    worker.postMessage(question, [port2]);
  });
}

/** @returns whether the worker was installed, or was active already; false when it failed. */
export function installed(worker: ServiceWorker): Promise<boolean> {
  return reached(worker, ['installed', 'activating', 'activated']);
}

/** @returns whether the worker became active. */
export function activated(worker: ServiceWorker): Promise<boolean> {
  return reached(worker, ['activated']);
}

function reached(worker: ServiceWorker, wanted: readonly ServiceWorkerState[]): Promise<boolean> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (wanted.includes(worker.state)) resolve(true);
      else if (worker.state === 'redundant') resolve(false);
    };
    worker.addEventListener('statechange', look);
    look();
  });
}
