/**
 * The service worker as the pages see it: whether the build is kept for use without network, and
 * whether a newer one waits. On a host that sends no headers the page is loaded once more after the
 * first installation, so that the service worker can give it the headers: at most once a tab, and
 * never when work has begun.
 */
import { activated, ask, installed, register } from '../../platform/browser/offline/ask.ts';

const reloadedKey = 'capsule-reloaded';

export interface OfflinePage {
  /** Path from the page to the root of the build: `./`, `../`. */
  readonly root: string;
  /** Whether nothing would be lost by loading the page again. */
  readonly isIdle: () => boolean;
}

export class OfflineState {
  /** `absent`: this browser, or this address (neither https nor localhost), has none. */
  phase = $state<'absent' | 'asking' | 'installing' | 'failed' | 'ready'>('asking');
  /** Whether a newer build waits for this page to be loaded again. */
  isNewer = $state(false);
  /** Other tabs of the page that kept the newer build from being used. */
  otherTabs = $state(0);

  readonly #isIdle: () => boolean;
  readonly #root: string;
  #registration: ServiceWorkerRegistration | undefined;

  constructor({ root, isIdle }: OfflinePage) {
    this.#root = root;
    this.#isIdle = isIdle;
  }

  /** Resolves when the service worker is in place, or will not be. Never in development. */
  async start(): Promise<void> {
    if (!import.meta.env.PROD || !('serviceWorker' in navigator)) {
      this.phase = 'absent';
      return;
    }
    try {
      const registration = await register(this.#root);
      this.#registration = registration;
      this.isNewer = registration.waiting !== null;
      registration.addEventListener('updatefound', () => void this.#hearUpdate(registration));
      await this.#settle(registration);
    } catch {
      this.phase = 'failed';
    }
  }

  /** Uses the newer build: at once where this is the only tab of the page. */
  async useNewer(): Promise<void> {
    const waiting = this.#registration?.waiting;
    if (waiting === null || waiting === undefined) return;
    const { others } = await ask(waiting, 'take over');
    this.otherTabs = others;
    if (others === 0 && (await activated(waiting))) location.reload();
  }

  async #settle(registration: ServiceWorkerRegistration): Promise<void> {
    const worker = registration.active ?? registration.waiting ?? registration.installing;
    if (worker === null) throw new Error('no worker');
    if (worker.state !== 'activated') this.phase = 'installing';
    this.phase = (await activated(worker)) ? 'ready' : 'failed';
    if (this.phase === 'ready') this.#reloadOnce();
  }

  async #hearUpdate(registration: ServiceWorkerRegistration): Promise<void> {
    const worker = registration.installing;
    if (worker === null || registration.active === null) return;
    if (await installed(worker)) this.isNewer = registration.waiting !== null;
  }

  #reloadOnce(): void {
    if (crossOriginIsolated || !this.#isIdle()) return;
    try {
      if (sessionStorage.getItem(reloadedKey) !== null) return;
      sessionStorage.setItem(reloadedKey, 'yes');
    } catch {
      // Without a place for the mark it could go round in circles.
      return;
    }
    location.reload();
  }
}
