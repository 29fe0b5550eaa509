/** Starts the benchmark page: its worker, the state around it, and the view. */
import { mount } from 'svelte';
import { applyTheme, preferredTheme } from '../lib/theme.ts';
import { BenchClient } from './bench-client.ts';
import { BenchState } from './bench-state.svelte.ts';
import Bench from './Bench.svelte';
import { parseBenchHash } from './settings.ts';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/controls.css';
import '../styles/tables.css';

// A peer connection is the one channel out of the page that no security policy closes.
for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection']) {
  Reflect.deleteProperty(window, name);
}

applyTheme(preferredTheme());
const target = document.getElementById('app');
if (target !== null) {
  const bench = new BenchState(new BenchClient(), parseBenchHash(location.hash));
  mount(Bench, { target, props: { bench } });
  void bench.askDevice();
}
