/**
 * Starts the proof page. On a host that sends no headers the first visit waits for the service
 * worker, which loads the page again with them; the attempts are made once that is settled.
 */
import { mount } from 'svelte';
import { targetFrom } from '../../platform/browser/proof/target.ts';
import { closeChannels } from '../lib/close-channels.ts';
import { applyTheme, preferredTheme } from '../lib/theme.ts';
import { sleep } from '../lib/wait.ts';
import { OfflineState } from '../state/offline-state.svelte.ts';
import { ProofState } from './proof-state.svelte.ts';
import Proof from './Proof.svelte';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/controls.css';
import '../styles/tables.css';

closeChannels();

/** Milliseconds to wait for the service worker: its files may have a slow way. */
const patience = 30_000;

async function start(): Promise<void> {
  applyTheme(preferredTheme());
  const target = document.getElementById('app');
  const place = document.getElementById('place');
  if (target === null || place === null) return;
  const asked = new URLSearchParams(location.search).get('target');
  const proof = new ProofState(targetFrom(asked), place);
  const offline = new OfflineState({ root: '../', isIdle: () => !proof.running });
  mount(Proof, { target, props: { proof, offline } });
  const settled = offline.start().then(() => proof.readKept());
  if (!crossOriginIsolated) await Promise.race([settled, sleep(patience)]);
  await proof.run();
  await settled;
}

void start();
