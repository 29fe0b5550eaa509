/** Starts the page: the session in its worker, the state around it, and the view. */
import { mount } from 'svelte';
import type { Session } from '../jobs/session-api.ts';
import App from './App.svelte';
import { parseHash } from './lib/hash-options.ts';
import { applyTheme, preferredTheme } from './lib/theme.ts';
import { connectSession } from './lib/worker-client.ts';
import { AppState } from './state/app-state.svelte.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/tables.css';

// A peer connection is the one channel out of the page that no security policy closes.
for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection']) {
  Reflect.deleteProperty(window, name);
}

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

async function start(): Promise<void> {
  applyTheme(preferredTheme());
  const target = document.getElementById('app');
  if (target === null) return;
  const app = new AppState(await session(), parseHash(location.hash));
  mount(App, { target, props: { app } });
  await app.askDevice();
  loadTheRest();
}

void start();
