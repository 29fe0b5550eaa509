/** Starts the benchmark page: its worker, the state around it, and the view. */
import { mount } from 'svelte';
import { closeChannels } from '../lib/close-channels.ts';
import { applyTheme, preferredTheme } from '../lib/theme.ts';
import { OfflineState } from '../state/offline-state.svelte.ts';
import { BenchClient } from './bench-client.ts';
import { BenchState } from './bench-state.svelte.ts';
import Bench from './Bench.svelte';
import { parseBenchHash } from './settings.ts';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/controls.css';
import '../styles/tables.css';

closeChannels();
applyTheme(preferredTheme());
const target = document.getElementById('app');
if (target !== null) {
  const bench = new BenchState(new BenchClient(), parseBenchHash(location.hash));
  const isIdle = (): boolean => !bench.job.running && bench.result === undefined;
  const offline = new OfflineState({ root: '../', isIdle });
  mount(Bench, { target, props: { bench, offline } });
  void bench.askDevice();
  void offline.start();
}
