/** Starts the page: the session in its worker, the state around it, and the view. */
import { mount } from 'svelte';
import type { Session } from '../jobs/session-api.ts';
import App from './App.svelte';
import { parseHash } from './lib/hash-options.ts';
import { closeChannels } from './lib/close-channels.ts';
import { applyTheme, preferredTheme } from './lib/theme.ts';
import { painted, sleep } from './lib/wait.ts';
import { connectSession } from './lib/worker-client.ts';
import { AppState } from './state/app-state.svelte.ts';
import { OfflineState } from './state/offline-state.svelte.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/tables.css';

closeChannels();

async function session(): Promise<Session> {
  if (import.meta.env.MODE !== 'fake') return connectSession();
  const { fakeSession } = await import('./testing/fake-session.ts');
  return fakeSession();
}

/** What the viewer and the charts need comes once the page stands: later it works without network. */
function loadTheRest(): void {
  const load = (): void => {
    void import('uplot');
    void import('@niivue/niivue');
  };
  if ('requestIdleCallback' in window) requestIdleCallback(load);
  else setTimeout(load, 2000);
}

/** Milliseconds that the page waits for the service worker before it asks for the device. */
const patience = 6000;

async function start(): Promise<void> {
  applyTheme(preferredTheme());
  const target = document.getElementById('app');
  if (target === null) return;
  const app = new AppState(await session(), parseHash(location.hash));
  const isIdle = (): boolean =>
    !app.busy &&
    app.cohort === undefined &&
    app.model === undefined &&
    app.teaching.stop === undefined;
  const offline = new OfflineState({ root: './', isIdle });
  mount(App, { target, props: { app, offline } });
  await painted();
  const settled = offline.start();
  // A host that sends no headers: workers that start before the service worker are under no policy.
  if (!crossOriginIsolated) await Promise.race([settled, sleep(patience)]);
  await app.askDevice();
  loadTheRest();
  await settled;
}

void start();
